package android.content.res;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.RandomAccessFile;

/** As Android has it, over a whole file. */
public class AssetFileDescriptor implements Closeable {
    private final RandomAccessFile file;

    AssetFileDescriptor(String path) throws IOException { file = new RandomAccessFile(path, "r"); }

    public FileDescriptor getFileDescriptor() {
        try {
            return file.getFD();
        } catch (IOException error) {
            throw new IllegalStateException(error);
        }
    }

    public long getStartOffset() { return 0; }

    public long getDeclaredLength() {
        try {
            return file.length();
        } catch (IOException error) {
            throw new IllegalStateException(error);
        }
    }

    @Override public void close() throws IOException { file.close(); }
}
