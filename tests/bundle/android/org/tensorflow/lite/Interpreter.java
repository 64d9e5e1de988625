package org.tensorflow.lite;

import java.nio.ByteBuffer;
import java.util.Properties;

/**
 * The interface of TensorFlow Lite's, with no model behind it: its tensors are of the system's properties, what it is
 * fed stays in {@link #fed}, and it answers {@link #answer}.
 */
public final class Interpreter implements AutoCloseable {
    public static byte[] fed;
    public static byte[] answer;
    public static int mappedBytes;

    public static class Options {
        public Options setNumThreads(int threads) { return this; }
    }

    public Interpreter(ByteBuffer model, Options options) { mappedBytes = model.remaining(); }

    public Tensor getInputTensor(int index) { return tensor("input"); }

    public Tensor getOutputTensor(int index) { return tensor("output"); }

    public void run(Object input, Object output) {
        ByteBuffer from = (ByteBuffer) input;
        fed = new byte[from.remaining()];
        from.get(fed);
        ((ByteBuffer) output).put(answer);
    }

    @Override public void close() {}

    private static Tensor tensor(String name) {
        Properties told = System.getProperties();
        return new Tensor() {
            public DataType dataType() { return DataType.valueOf(told.getProperty(name + ".type")); }

            public int numBytes() { return Integer.parseInt(told.getProperty(name + ".bytes")); }

            public QuantizationParams quantizationParams() {
                return new QuantizationParams(
                    Float.parseFloat(told.getProperty(name + ".scale")),
                    Integer.parseInt(told.getProperty(name + ".zero")));
            }
        };
    }
}
