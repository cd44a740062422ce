package org.dlora.adapter;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dlora.model.LinearModule;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.Tensor;
import org.dlora.tensor.TensorSource;

/**
 * Matches an adapter's tensors with the modules that its configuration adapts: each expected tensor
 * is there and fits, and no other is. So nothing is ignored, and no adapter is served as the base.
 */
final class LoraTensors {
    private static final String PREFIX = "base_model.model.";
    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";
    private static final int NAMED = 3;
    private static final Pattern LAYER = Pattern.compile("layers\\.(\\d{1,9})\\.");

    private final String file;
    private final TensorSource source;
    private final AdapterConfig config;
    private final List<LinearModule> modules;
    private final int layers;

    /**
     * @param file the weights' file, for errors
     * @param modules the adapted ones
     * @param layers of the base model
     */
    LoraTensors(
            String file,
            TensorSource source,
            AdapterConfig config,
            List<LinearModule> modules,
            int layers) {
        this.file = file;
        this.source = source;
        this.config = config;
        this.modules = modules;
        this.layers = layers;
    }

    /**
     * One entry per adapted module.
     *
     * @throws LoadException if a tensor is missing, superfluous, of another shape or dtype, or has
     *     a value that is not finite
     */
    List<LoraModule> match() {
        checkNames();
        var matched = new ArrayList<LoraModule>();
        for (var module : modules) {
            var a = source.tensor(PREFIX + module.name() + A);
            var b = source.tensor(PREFIX + module.name() + B);
            int rank = config.rank(module.name());
            checkShape(module, rank, a, b);
            checkValues(a);
            checkValues(b);
            matched.add(new LoraModule(module, rank, config.scale(module.name(), rank), a, b));
        }
        return List.copyOf(matched);
    }

    private void checkNames() {
        Set<String> expected = new LinkedHashSet<>();
        for (var module : modules) {
            expected.add(PREFIX + module.name() + A);
            expected.add(PREFIX + module.name() + B);
        }
        var superfluous =
                source.names().stream().filter(name -> !expected.contains(name)).sorted().toList();
        var missing = expected.stream().filter(name -> !source.names().contains(name)).toList();
        var problems = new ArrayList<String>();
        if (!superfluous.isEmpty()) {
            problems.add(
                    listed("tensors that do not belong to the adapted modules", superfluous)
                            + layerBeyond(superfluous));
        }
        if (!missing.isEmpty()) {
            problems.add(
                    listed("missing tensors that " + AdapterConfig.FILE + " asks for", missing));
        }
        if (!problems.isEmpty()) {
            throw problem(String.join("; ", problems));
        }
    }

    private static String listed(String what, List<String> names) {
        var first = names.stream().limit(NAMED).map(Quote::plain).collect(Collectors.joining(", "));
        int more = names.size() - NAMED;
        return what + ": " + first + (more > 0 ? " and " + more + " more" : "");
    }

    private String layerBeyond(List<String> names) {
        return names.stream()
                .map(LAYER::matcher)
                .filter(matcher -> matcher.find() && Integer.parseInt(matcher.group(1)) >= layers)
                .findFirst()
                .map(matcher ->
                        "; the base model has no layer %s, only 0 to %d"
                                .formatted(matcher.group(1), layers - 1))
                .orElse("");
    }

    private void checkShape(LinearModule module, int rank, Tensor a, Tensor b) {
        if (a.shape().size() != 2 || b.shape().size() != 2) {
            throw problem(
                    "%s: lora_A and lora_B must be matrices, found shapes %s and %s"
                            .formatted(module.name(), a.shape(), b.shape()));
        }
        long rankOfA = a.shape().get(0);
        long rankOfB = b.shape().get(1);
        if (rankOfA != rank || rankOfB != rank) {
            throw problem(
                    "rank of %s: lora_A has %d rows and lora_B %d columns, expected r=%d as %s says"
                            .formatted(module.name(), rankOfA, rankOfB, rank, AdapterConfig.FILE));
        }
        checkShape(a, List.of((long) rank, (long) module.inputs()));
        checkShape(b, List.of((long) module.outputs(), (long) rank));
    }

    private void checkShape(Tensor tensor, List<Long> expected) {
        if (!tensor.shape().equals(expected)) {
            throw problem(
                    "tensor %s has shape %s, expected %s to fit the base model; was the adapter trained on another one?"
                            .formatted(tensor.name(), tensor.shape(), expected));
        }
    }

    private void checkValues(Tensor tensor) {
        if (!tensor.dtype().isServable()) {
            throw problem(
                    "tensor %s has dtype %s, expected F32, F16 or BF16"
                            .formatted(tensor.name(), tensor.dtype()));
        }
        long index = FiniteScan.firstNonFinite(tensor);
        if (index >= 0) {
            throw problem(
                    "tensor %s holds %s at element %d; every weight must be finite"
                            .formatted(tensor.name(), named(tensor.getFloat(index)), index));
        }
    }

    private static String named(float value) {
        return Float.isNaN(value) ? "NaN" : value > 0 ? "Inf" : "-Inf";
    }

    private LoadException problem(String problem) {
        return new LoadException(file + ": " + problem);
    }
}
