package org.dlora.app;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;

/**
 * PNG of at most 256 colours: the most frequent ones of a picture that are not nearly alike, and
 * for others the nearest. So a small patch of a colour of its own keeps it.
 */
final class SmallPng {
    private static final int COLOURS = 256;

    /** Square of the distance below which colours are nearly alike. */
    private static final int ALIKE = 150;

    /** Most frequent colours, which stay as they are. */
    private static final int EXACT = 32;

    private SmallPng() {}

    static byte[] of(byte[] png) throws IOException {
        var picture = ImageIO.read(new ByteArrayInputStream(png));
        int[] palette = palette(picture);
        var small =
                new BufferedImage(
                        picture.getWidth(),
                        picture.getHeight(),
                        BufferedImage.TYPE_BYTE_INDEXED,
                        new IndexColorModel(
                                8, palette.length, palette, 0, false, -1, DataBuffer.TYPE_BYTE));
        Map<Integer, Integer> nearest = new HashMap<>();
        var raster = small.getRaster();
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                int index = nearest.computeIfAbsent(rgb(picture, x, y), c -> nearest(palette, c));
                raster.setSample(x, y, 0, index);
            }
        }
        return written(small);
    }

    private static int rgb(BufferedImage picture, int x, int y) {
        return picture.getRGB(x, y) & 0xffffff;
    }

    private static int[] palette(BufferedImage picture) {
        Map<Integer, Integer> counts = new HashMap<>();
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                counts.merge(rgb(picture, x, y), 1, Integer::sum);
            }
        }
        int[] palette = new int[Math.min(COLOURS, counts.size())];
        int known = 0;
        for (int colour :
                counts.entrySet().stream()
                        .sorted(Map.Entry.<Integer, Integer>comparingByValue().reversed())
                        .mapToInt(Map.Entry::getKey)
                        .toArray()) {
            if (known < palette.length && isNew(palette, known, colour)) {
                palette[known] = colour;
                known++;
            }
        }
        return Arrays.copyOf(palette, known);
    }

    /** Returns whether a colour is unlike the ones known; the most frequent ones always are. */
    private static boolean isNew(int[] palette, int known, int colour) {
        return known < EXACT
                || IntStream.range(0, known).allMatch(i -> distance(palette[i], colour) >= ALIKE);
    }

    private static int nearest(int[] palette, int colour) {
        int best = 0;
        for (int i = 1; i < palette.length; i++) {
            if (distance(palette[i], colour) < distance(palette[best], colour)) {
                best = i;
            }
        }
        return best;
    }

    private static int distance(int one, int other) {
        int sum = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            int apart = (one >> shift & 0xff) - (other >> shift & 0xff);
            sum += apart * apart;
        }
        return sum;
    }

    private static byte[] written(BufferedImage picture) throws IOException {
        var out = new ByteArrayOutputStream();
        var writer = ImageIO.getImageWritersByFormatName("png").next();
        try (var stream = ImageIO.createImageOutputStream(out)) {
            writer.setOutput(stream);
            var how = writer.getDefaultWriteParam();
            how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            how.setCompressionQuality(0);
            writer.write(null, new IIOImage(picture, null, null), how);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }
}
