package android.content.res;

import java.io.IOException;

/** As Android has it, over a folder. */
public final class AssetManager {
    private final String folder;

    public AssetManager(String folder) { this.folder = folder; }

    public AssetFileDescriptor openFd(String name) throws IOException {
        return new AssetFileDescriptor(folder + "/" + name);
    }
}
