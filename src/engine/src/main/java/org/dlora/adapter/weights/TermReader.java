package org.dlora.adapter.weights;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.device.CopyMismatchException;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.WeightVector;
import org.dlora.model.DecoderSpec;
import org.dlora.model.LayerSite;
import org.dlora.model.LinearSite;

/** Reader of the terms that {@link AdapterCopyWriter} wrote. It checks that they fit the model. */
final class TermReader {
    private final DataInputStream in;
    private final AdapterParts parts;
    private final DecoderSpec spec;
    private final Map<LayerSite, List<LoraTerm>> terms = new HashMap<>();
    private final MergeTerms merge;

    /**
     * Reads all terms.
     *
     * @throws IOException if they are cut short
     */
    TermReader(byte[] bytes, AdapterParts parts, DecoderSpec spec) throws IOException {
        this.in = new DataInputStream(new ByteArrayInputStream(bytes));
        this.parts = parts;
        this.spec = spec;
        for (int i = in.readInt(); i > 0; i--) {
            var at = readSite();
            terms.put(at, readTerms(at));
        }
        var obstacle = readText();
        var mixingObstacle = readText();
        var layers = new HashMap<LayerSite, MergeTerms.Layer>();
        for (int i = in.readInt(); i > 0; i--) {
            var at = readSite();
            var into = readTerms(at).stream().map(LowRank.class::cast).toList();
            layers.put(at, new MergeTerms.Layer(into, readTerms(at), readTerms(at)));
        }
        merge = new MergeTerms(layers, obstacle, mixingObstacle);
    }

    Map<LayerSite, List<LoraTerm>> terms() {
        return terms;
    }

    MergeTerms merge() {
        return merge;
    }

    private LayerSite readSite() throws IOException {
        int layer = in.readInt();
        var at = new LayerSite(layer, LinearSite.valueOf(in.readUTF()));
        if (layer >= spec.layers()) {
            throw new CopyMismatchException(
                    "An adapter of layer " + layer, "a model's, of " + spec.layers() + " layers");
        }
        return at;
    }

    private Optional<String> readText() throws IOException {
        return in.readBoolean() ? Optional.of(in.readUTF()) : Optional.empty();
    }

    private List<LoraTerm> readTerms(LayerSite at) throws IOException {
        var read = new ArrayList<LoraTerm>();
        for (int i = in.readInt(); i > 0; i--) {
            read.add(readTerm(at.site()));
        }
        return List.copyOf(read);
    }

    private LoraTerm readTerm(LinearSite site) throws IOException {
        int kind = in.readByte();
        return switch (kind) {
            case AdapterCopy.LOW_RANK -> {
                var a = parts.matrix(in.readInt());
                var b = parts.matrix(in.readInt());
                int first = in.readInt();
                check(site, a.columns(), first + b.rows());
                yield new LowRank(a, b, first, in.readFloat(), readVector(), readVector());
            }
            case AdapterCopy.SHIFT -> {
                var vector = parts.vector(in.readInt());
                int first = in.readInt();
                check(site, spec.inputs(site), first + vector.size());
                yield new Shift(vector, first);
            }
            case AdapterCopy.AFFINE -> {
                var gain = parts.vector(in.readInt());
                var shift = readVector();
                int first = in.readInt();
                check(site, spec.inputs(site), first + gain.size());
                yield new Affine(gain, shift, first);
            }
            case AdapterCopy.REPLACEMENT -> {
                var weight = parts.matrix(in.readInt());
                boolean isTable = site == LinearSite.EMBEDDING;
                check(
                        site,
                        isTable ? weight.rows() : weight.columns(),
                        isTable ? weight.columns() : weight.rows());
                yield new Replacement(weight);
            }
            default -> throw new StreamCorruptedException("term " + kind);
        };
    }

    private Optional<WeightVector> readVector() throws IOException {
        int number = in.readInt();
        return number == AdapterCopy.NO_VECTOR
                ? Optional.empty()
                : Optional.of(parts.vector(number));
    }

    private void check(LinearSite site, int inputs, int outputs) {
        if (inputs != spec.inputs(site) || outputs > spec.outputs(site)) {
            throw new CopyMismatchException(
                    "An adapter of %d inputs and at least %d outputs at %s"
                            .formatted(inputs, outputs, site),
                    "a model's, of %d inputs and %d outputs"
                            .formatted(spec.inputs(site), spec.outputs(site)));
        }
    }
}
