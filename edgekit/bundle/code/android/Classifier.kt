// Runs the model of this bundle on Android. In build.gradle.kts:
//     dependencies { implementation("com.google.ai.edge.litert:litert:1.4.0") }
//     android { androidResources { noCompress += "tflite" } }
// and model.tflite (artifact/model.tflite of the bundle) in src/main/assets.
//
// edgekit's tests compile this file and run it on a JVM, with stand-ins for Android's classes and for LiteRT's interpreter:
// what it feeds and how it reads an answer is held against Python's, but no model ran there. Check it in your app with
// the golden photos of the bundle: golden/golden.json names them, and golden/original-0.npy holds the original's answers.
package edgekit

import android.content.Context
import android.graphics.Bitmap
import java.io.FileInputStream
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.channels.FileChannel
import kotlin.math.round
import org.tensorflow.lite.DataType
import org.tensorflow.lite.Interpreter

/** The model, loaded; close it when done. */
class Classifier(context: Context, asset: String = "model.tflite", threads: Int = 2) : AutoCloseable {
    private val interpreter = Interpreter(mapped(context, asset), Interpreter.Options().setNumThreads(threads))

    /** Returns labels with their scores, the best first. `bitmap` is upright, as the photo's EXIF orientation says. */
    fun classify(bitmap: Bitmap): List<Pair<String, Float>> {
        val values = Preprocess.prepare(Preprocess.photo(bitmap), FEEDING)
        val input = interpreter.getInputTensor(0)
        val output = interpreter.getOutputTensor(0)
        val fed = ByteBuffer.allocateDirect(input.numBytes()).order(ByteOrder.nativeOrder())
        for (value in values) {
            if (input.dataType() == DataType.FLOAT32) fed.putFloat(value)
            else fed.put(quantized(value, input.quantizationParams().scale, input.quantizationParams().zeroPoint))
        }
        val answered = ByteBuffer.allocateDirect(output.numBytes()).order(ByteOrder.nativeOrder())
        interpreter.run(fed.rewind(), answered)
        answered.rewind()
        val scores = LABELS.map {
            if (output.dataType() == DataType.FLOAT32) answered.float
            else (answered.get() - output.quantizationParams().zeroPoint) * output.quantizationParams().scale
        }
        return LABELS.zip(scores).sortedByDescending { it.second }
    }

    private fun quantized(value: Float, scale: Float, zeroPoint: Int) =
        (round((value / scale).toDouble()).toInt() + zeroPoint).coerceIn(-128, 127).toByte()

    private fun mapped(context: Context, asset: String): ByteBuffer = context.assets.openFd(asset).use {
        FileInputStream(it.fileDescriptor).channel.map(FileChannel.MapMode.READ_ONLY, it.startOffset, it.declaredLength)
    }

    override fun close() = interpreter.close()
}
