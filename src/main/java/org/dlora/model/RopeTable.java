package org.dlora.model;

/**
 * Cosines and sines of rotary embedding, {@code [positions, headDim / 2]} row-major. Computed in
 * float32 step by step as transformers does ({@code modeling_rope_utils.py}): a more exact angle
 * would be a different model at long positions.
 */
record RopeTable(float[] cos, float[] sin) {

    static RopeTable of(RopeSpec rope, int headDim, int positions) {
        float[] frequencies = inverseFrequencies(rope, headDim);
        int half = frequencies.length;
        var cos = new float[Math.multiplyExact(positions, half)];
        var sin = new float[cos.length];
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < half; i++) {
                float angle = position * frequencies[i];
                cos[position * half + i] = (float) Math.cos(angle);
                sin[position * half + i] = (float) Math.sin(angle);
            }
        }
        return new RopeTable(cos, sin);
    }

    /** Radians per position of each pair, {@code [headDim / 2]}. */
    static float[] inverseFrequencies(RopeSpec rope, int headDim) {
        var frequencies = new float[headDim / 2];
        float theta = (float) rope.theta();
        for (int i = 0; i < frequencies.length; i++) {
            float base = 1 / (float) Math.pow(theta, 2 * i / (float) headDim);
            frequencies[i] =
                    switch (rope) {
                        case RopeSpec.Default _ -> base;
                        case RopeSpec.Linear linear -> base / (float) linear.factor();
                        case RopeSpec.Llama3 llama3 -> scaled(base, llama3);
                    };
        }
        return frequencies;
    }

    /**
     * Llama 3.1: wavelengths beyond the pretraining context are stretched, short ones kept, those
     * between interpolated.
     */
    private static float scaled(float frequency, RopeSpec.Llama3 rope) {
        float factor = (float) rope.factor();
        float low = (float) rope.lowFreqFactor();
        float high = (float) rope.highFreqFactor();
        float context = rope.originalMaxPositions();
        float wavelength = (float) (2 * Math.PI) / frequency;
        if (wavelength > context / low) {
            return frequency / factor;
        }
        if (wavelength < context / high) {
            return frequency;
        }
        float smooth = (context / wavelength - low) / (high - low);
        return (1 - smooth) * frequency / factor + smooth * frequency;
    }
}
