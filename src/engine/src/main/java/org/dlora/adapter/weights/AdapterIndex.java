package org.dlora.adapter.weights;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Index of a copied adapter: what it is, the sizes of its parts, and the terms that name them.
 *
 * @param name the adapter's name for clients
 * @param version the adapter's content hash
 * @param deviceBytes bytes of device memory of all parts
 * @param matrices bytes of each matrix's copy
 * @param vectors elements of each vector, which are float32
 * @param terms terms that {@link TermReader} reads
 */
record AdapterIndex(
        String name,
        String version,
        long deviceBytes,
        long[] matrices,
        int[] vectors,
        byte[] terms) {

    /**
     * Reads an index that {@link AdapterCopyWriter} wrote.
     *
     * @throws IOException if it is cut short
     */
    static AdapterIndex read(byte[] bytes) throws IOException {
        try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            var name = in.readUTF();
            var version = in.readUTF();
            long deviceBytes = in.readLong();
            var matrices = new long[count(in, Long.BYTES)];
            for (int i = 0; i < matrices.length; i++) {
                matrices[i] = in.readLong();
            }
            var vectors = new int[count(in, Integer.BYTES)];
            for (int i = 0; i < vectors.length; i++) {
                vectors[i] = in.readInt();
            }
            return new AdapterIndex(
                    name, version, deviceBytes, matrices, vectors, in.readAllBytes());
        }
    }

    /** Reads a number of things of {@code size} bytes, which must be there. */
    private static int count(DataInputStream in, int size) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available() / size) {
            throw new IOException(count + " entries");
        }
        return count;
    }

    /** Returns the bytes of all matrices' copies. */
    long matrixBytes() {
        return LongStream.of(matrices).sum();
    }

    /** Returns the bytes of all vectors. */
    long vectorBytes() {
        return IntStream.of(vectors).asLongStream().sum() * Float.BYTES;
    }
}
