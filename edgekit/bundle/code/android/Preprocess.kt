// What becomes of a photo before the model sees it, step by step, as edgekit did when the model was trained.
// edgekit's tests compile it, run it on a JVM and hold it against Python's Pillow and numpy, to the bit, but for photo(),
// which they run with a stand-in for Android's Bitmap. Pillow up to version 12 resizes across before it resizes down;
// version 13 chooses, and rounds between: then a few values differ by a step of 255, and `acrossFirst` has the other order.
package edgekit

import android.graphics.Bitmap
import kotlin.math.PI
import kotlin.math.abs
import kotlin.math.floor
import kotlin.math.max
import kotlin.math.min
import kotlin.math.round
import kotlin.math.sin

/** Pixels in 8 bits, row by row, red, green and blue each; upright, as the photo's EXIF orientation says. */
class Photo(val width: Int, val height: Int, val rgb: IntArray)

/** How the model is fed: the contract of its input. Contract.kt holds the numbers of this model. */
class Feeding(
    val width: Int, val height: Int, val channels: Int,
    val crop: Double,                 // share of the middle that is cut out; 0: the photo is stretched
    val resize: String,               // bilinear, nearest, bicubic, box, lanczos, mediapipe
    val antialias: Boolean,           // whether bilinear covers all pixels when it shrinks
    val bgr: Boolean,                 // colours in the order blue, green, red
    val low: Double, val high: Double,  // what 0 and 255 become
    val mean: DoubleArray, val deviation: DoubleArray,  // taken off each channel then, and divided by; may be empty
)

object Preprocess {
    fun photo(bitmap: Bitmap): Photo {
        val pixels = IntArray(bitmap.width * bitmap.height)
        bitmap.getPixels(pixels, 0, bitmap.width, 0, 0, bitmap.width, bitmap.height)
        val rgb = IntArray(pixels.size * 3)
        for (i in pixels.indices) for (c in 0..2) rgb[i * 3 + c] = pixels[i] shr (16 - 8 * c) and 255
        return Photo(bitmap.width, bitmap.height, rgb)
    }

    /** Returns what the model takes: height x width x channels floats. */
    fun prepare(photo: Photo, how: Feeding, acrossFirst: Boolean = true): FloatArray {
        val fitted = fit(photo, how, acrossFirst)
        val made = FloatArray(how.width * how.height * how.channels)
        for (i in 0 until how.width * how.height) for (c in 0 until how.channels) {
            val at = i * 3
            var value = if (how.channels == 1)
                round((0.299f * fitted.rgb[at] + 0.587f * fitted.rgb[at + 1] + 0.114f * fitted.rgb[at + 2]).toDouble())
            else fitted.rgb[at + if (how.bgr) 2 - c else c].toDouble()
            value = how.low + value * ((how.high - how.low) / 255.0)
            if (how.mean.isNotEmpty()) value = (value - how.mean[c]) / how.deviation[c]
            made[i * how.channels + c] = value.toFloat()
        }
        return made
    }

    fun fit(whole: Photo, how: Feeding, acrossFirst: Boolean = true): Photo {
        val photo = if (how.crop > 0) cropped(whole, how) else whole
        if (photo.width == how.width && photo.height == how.height) return photo
        if (how.resize == "mediapipe") return fourPixels(photo, how.width, how.height, true)
        if (how.resize == "bilinear" && !how.antialias) return fourPixels(photo, how.width, how.height, false)
        if (how.resize == "nearest") return nearest(photo, how.width, how.height)
        val first = resampled(photo, if (acrossFirst) how.width else how.height, acrossFirst, how.resize)
        return resampled(first, if (acrossFirst) how.height else how.width, !acrossFirst, how.resize)
    }

    private fun resampled(photo: Photo, size: Int, across: Boolean, filter: String): Photo {
        if (size == if (across) photo.width else photo.height) return photo
        return if (across) Photo(size, photo.height, pass(photo.rgb, photo.width, size, photo.height, true, filter))
        else Photo(photo.width, size, pass(photo.rgb, photo.height, size, photo.width, false, filter))
    }

    private fun weight(filter: String, at: Double): Double {
        val x = abs(at)
        return when (filter) {
            "bilinear" -> if (x < 1) 1 - x else 0.0
            "box" -> if (at > -0.5 && at <= 0.5) 1.0 else 0.0
            "bicubic" -> if (x < 1) ((-0.5 + 2) * x - (-0.5 + 3)) * x * x + 1 else if (x < 2) (((x - 5) * x + 8) * x - 4) * -0.5 else 0.0
            "lanczos" -> if (at >= -3 && at < 3) sinc(at) * sinc(at / 3) else 0.0
            else -> throw IllegalArgumentException("no filter $filter")
        }
    }

    private fun sinc(x: Double) = if (x == 0.0) 1.0 else sin(x * PI) / (x * PI)

    private fun support(filter: String) = mapOf("bilinear" to 1.0, "box" to 0.5, "bicubic" to 2.0, "lanczos" to 3.0).getValue(filter)

    /** One pass of Pillow's resampling: weights in 22 bits behind the point, sums rounded to 8 bits. */
    private fun pass(from: IntArray, oldSize: Int, newSize: Int, lines: Int, rows: Boolean, filter: String): IntArray {
        val scale = oldSize.toDouble() / newSize
        val wide = max(scale, 1.0)
        val support = support(filter) * wide
        val to = IntArray(newSize * lines * 3)
        for (at in 0 until newSize) {
            val centre = (at + 0.5) * scale
            val first = max(0, (centre - support + 0.5).toInt())
            val last = min(oldSize, (centre + support + 0.5).toInt())
            val weights = DoubleArray(last - first) { weight(filter, (it + first - centre + 0.5) * (1.0 / wide)) }
            val sum = weights.sum()
            val fixed = IntArray(weights.size) {
                val exact = (if (sum != 0.0) weights[it] / sum else weights[it]) * (1 shl 22)
                (if (exact < 0) exact - 0.5 else exact + 0.5).toInt()
            }
            for (line in 0 until lines) for (c in 0..2) {
                var total = 1 shl 21
                for (i in first until last) {
                    val place = if (rows) line * oldSize + i else i * lines + line
                    total += from[place * 3 + c] * fixed[i - first]
                }
                val place = if (rows) line * newSize + at else at * lines + line
                to[place * 3 + c] = (total shr 22).coerceIn(0, 255)
            }
        }
        return to
    }

    private fun grid(oldSize: Int, newSize: Int, mediapipe: Boolean) = FloatArray(newSize) {
        val at = if (mediapipe) (round(it * (32.0 * oldSize / newSize)) / 32.0).toFloat()
        else (it + 0.5f) * (oldSize.toDouble() / newSize).toFloat() - 0.5f
        at.coerceIn(0f, (oldSize - 1).toFloat())
    }

    private fun fourPixels(photo: Photo, width: Int, height: Int, mediapipe: Boolean): Photo {
        val down = grid(photo.height, height, mediapipe)
        val across = grid(photo.width, width, mediapipe)
        val made = IntArray(width * height * 3)
        for (y in 0 until height) for (x in 0 until width) for (c in 0..2) {
            val top = down[y].toInt()
            val left = across[x].toInt()
            val bottom = min(top + 1, photo.height - 1)
            val right = min(left + 1, photo.width - 1)
            val below = down[y] - top
            val beside = across[x] - left
            fun pixel(py: Int, px: Int) = photo.rgb[(py * photo.width + px) * 3 + c].toFloat()
            val one = pixel(top, left) * (1 - below) + pixel(bottom, left) * below
            val other = pixel(top, right) * (1 - below) + pixel(bottom, right) * below
            made[(y * width + x) * 3 + c] = floor(one * (1 - beside) + other * beside + 0.5f).toInt()
        }
        return Photo(width, height, made)
    }

    private fun nearest(photo: Photo, width: Int, height: Int): Photo {
        val made = IntArray(width * height * 3)
        for (y in 0 until height) for (x in 0 until width) for (c in 0..2) {
            val fromY = min(photo.height - 1, ((y + 0.5) * (photo.height.toDouble() / height)).toInt())
            val fromX = min(photo.width - 1, ((x + 0.5) * (photo.width.toDouble() / width)).toInt())
            made[(y * width + x) * 3 + c] = photo.rgb[(fromY * photo.width + fromX) * 3 + c]
        }
        return Photo(width, height, made)
    }

    private fun cropped(photo: Photo, how: Feeding): Photo {
        val aspect = how.width.toDouble() / how.height
        val wide = min(photo.width.toDouble(), photo.height * aspect) * how.crop
        val across = max(1, round(wide).toInt())
        val down = max(1, round(wide / aspect).toInt())
        val left = (photo.width - across) / 2
        val top = (photo.height - down) / 2
        val made = IntArray(across * down * 3)
        for (y in 0 until down) for (i in 0 until across * 3) {
            made[y * across * 3 + i] = photo.rgb[((y + top) * photo.width + left) * 3 + i]
        }
        return Photo(across, down, made)
    }
}
