package android.content;

import android.content.res.AssetManager;

/** As Android has it: only what a bundle's Kotlin asks of it. */
public abstract class Context {
    public abstract AssetManager getAssets();
}
