package org.dlora.adapter.weights;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.WeightVector;
import org.dlora.model.BaseModel;
import org.dlora.model.LayerSite;
import org.dlora.model.LinearModule;
import org.dlora.model.LinearSite;
import org.dlora.tensor.Tensor;

/** Builder of an adapter's {@link MergeTerms}. */
final class MergePacker {
    private final BaseModel base;
    private final Function<float[], WeightVector> upload;
    private final Map<LayerSite, List<LowRank>> into = new HashMap<>();
    private final Map<LayerSite, List<LoraTerm>> own = new HashMap<>();
    private final Map<LayerSite, List<LoraTerm>> undo = new HashMap<>();
    private Optional<String> obstacle = Optional.empty();
    private Optional<String> mixingObstacle = Optional.empty();

    /**
     * Creates a builder for an adapter of {@code base}.
     *
     * @param upload makes vectors on the device, which the adapter owns
     */
    MergePacker(BaseModel base, Function<float[], WeightVector> upload) {
        this.base = base;
        this.upload = upload;
    }

    /**
     * Adds a module with a low rank.
     *
     * @param term as unmerged rows need it
     * @param gain of the term
     * @param bias moves the base's bias to the adapter's, if there is no gain
     */
    void add(LinearModule module, LowRank term, Optional<float[]> gain, Optional<float[]> bias) {
        if (base.spec().tiedEmbeddings() && module.layer() == LinearSite.NO_LAYER) {
            cannotMerge(
                    "it has LoRA on %s, whose matrix the model shares between embed_tokens and lm_head; merging would change both"
                            .formatted(module.name()));
            return;
        }
        var place = module.at();
        list(into, place).add(term);
        var shift = gain.isEmpty() ? term.shift() : bias.map(upload);
        shift.ifPresent(vector -> list(own, place).add(new Shift(vector, term.firstOutput())));
        gain.ifPresent(g -> takeBack(module, place, g));
        list(undo, place).add(new LowRank(term.a(), term.b(), term.firstOutput(), -term.scale()));
    }

    /** Adds {@code y / g}, but for the base's bias in y, which no gain has multiplied. */
    private void takeBack(LinearModule module, LayerSite place, float[] gain) {
        for (float g : gain) {
            if (Math.abs(g) < MergeTerms.SMALLEST_GAIN) {
                mixingObstacle =
                        Optional.of(
                                "DoRA multiplies an output of %s by %s, too near to zero to be taken back for rows of others"
                                        .formatted(module.name(), g));
                return;
            }
        }
        var inverse = new float[gain.length];
        for (int i = 0; i < gain.length; i++) {
            inverse[i] = 1 / gain[i];
        }
        var shift = base.bias(module).map(bias -> upload.apply(biasBack(bias, gain)));
        list(undo, place).add(new Affine(upload.apply(inverse), shift, module.firstOutput()));
    }

    private static float[] biasBack(Tensor bias, float[] gain) {
        var values = new float[gain.length];
        for (int i = 0; i < gain.length; i++) {
            double b = bias.getFloat(i);
            values[i] = (float) (b - b / gain[i]);
        }
        return values;
    }

    /** Adds a module that has a bias of its own and no low rank. */
    void add(LinearModule module, Shift term) {
        list(own, module.at()).add(term);
    }

    /** Adds a module whose matrix is the adapter's own. */
    void addReplacement(LinearModule module) {
        cannotMerge("it has a matrix of its own for %s (modules_to_save)".formatted(module.name()));
    }

    private void cannotMerge(String why) {
        obstacle = obstacle.or(() -> Optional.of(why));
    }

    private static <T> List<T> list(Map<LayerSite, List<T>> lists, LayerSite place) {
        return lists.computeIfAbsent(place, _ -> new ArrayList<>());
    }

    MergeTerms terms() {
        var layers = new HashMap<LayerSite, MergeTerms.Layer>();
        var places = new ArrayList<LayerSite>(into.keySet());
        places.addAll(own.keySet());
        for (var place : places) {
            layers.put(
                    place,
                    new MergeTerms.Layer(
                            into.getOrDefault(place, List.of()),
                            own.getOrDefault(place, List.of()),
                            undo.getOrDefault(place, List.of())));
        }
        return new MergeTerms(layers, obstacle, mixingObstacle);
    }
}
