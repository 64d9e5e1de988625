package android.graphics;

/** As Android has it, over an array of ARGB. */
public final class Bitmap {
    private final int width;
    private final int height;
    private final int[] argb;

    public Bitmap(int width, int height, int[] argb) {
        this.width = width;
        this.height = height;
        this.argb = argb;
    }

    public int getWidth() { return width; }

    public int getHeight() { return height; }

    public void getPixels(int[] pixels, int offset, int stride, int x, int y, int width, int height) {
        for (int row = 0; row < height; row++) {
            System.arraycopy(argb, (y + row) * this.width + x, pixels, offset + row * stride, width);
        }
    }
}
