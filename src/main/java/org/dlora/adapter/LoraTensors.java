package org.dlora.adapter;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dlora.model.BaseModel;
import org.dlora.model.LinearModule;
import org.dlora.tensor.Tensor;
import org.dlora.tensor.TensorSource;

/**
 * Matches an adapter's tensors with the modules that its configuration changes: each expected
 * tensor is there and fits, and no other is. So nothing is ignored, and no adapter is served as the
 * base.
 */
final class LoraTensors {
    private static final int NAMED = 3;
    private static final Pattern LAYER = Pattern.compile("layers\\.(\\d{1,9})\\.");

    private final TensorCheck check;
    private final TensorSource source;
    private final AdapterConfig config;
    private final ModuleSelection modules;
    private final BaseModel base;

    /** Modules whose bias the adapter brings. */
    private final List<LinearModule> biased;

    /** Copies of the base's matrices that PEFT may have saved too, by name. */
    private final Map<String, LinearModule> copies = new HashMap<>();

    /**
     * @param file the weights' file, for errors
     */
    LoraTensors(
            String file,
            TensorSource source,
            AdapterConfig config,
            ModuleSelection modules,
            BaseModel base) {
        this.check = new TensorCheck(file);
        this.source = source;
        this.config = config;
        this.modules = modules;
        this.base = base;
        this.biased =
                base.modules().stream()
                        .filter(module -> base.bias(module).isPresent() && bringsBias(module))
                        .toList();
        for (var module : base.embeddings()) {
            if (!modules.retrained().contains(module)) {
                copies.put(TensorNames.weight(module, isAdapted(module)), module);
            }
        }
    }

    private boolean bringsBias(LinearModule module) {
        return switch (config.variant().bias()) {
            case NONE -> false;
            case ALL -> true;
            case LORA_ONLY -> isAdapted(module);
        };
    }

    private boolean isAdapted(LinearModule module) {
        return modules.adapted().contains(module);
    }

    /**
     * All tensors, by what they change.
     *
     * @throws org.dlora.tensor.LoadException if a tensor is missing, superfluous, of another shape
     *     or dtype, or has a value that is not finite
     */
    AdapterTensors match() {
        checkNames();
        copies.forEach((name, module) -> {
            if (source.names().contains(name)) {
                check.checkCopy(source.tensor(name), base.weight(module));
            }
        });
        return new AdapterTensors(
                modules.adapted().stream().map(this::lora).toList(),
                biased.stream().map(this::bias).toList(),
                modules.retrained().stream().map(this::matrix).toList());
    }

    private LoraModule lora(LinearModule module) {
        var a = source.tensor(TensorNames.a(module));
        var b = source.tensor(TensorNames.b(module));
        int rank = config.rank(module.name());
        checkRank(module, rank, a, b);
        check.check(a, List.of((long) rank, (long) module.inputs()));
        check.check(b, List.of((long) module.outputs(), (long) rank));
        var variant = config.variant();
        return new LoraModule(
                module,
                rank,
                config.alpha(module.name()),
                config.scale(module.name(), rank),
                a,
                b,
                variant.hasLoraBias()
                        ? Optional.of(vector(module, TensorNames.biasOfB(module)))
                        : Optional.empty(),
                variant.isDora()
                        ? Optional.of(vector(module, TensorNames.magnitude(module)))
                        : Optional.empty());
    }

    private Retrained bias(LinearModule module) {
        return new Retrained(module, vector(module, TensorNames.bias(module, isAdapted(module))));
    }

    private Tensor vector(LinearModule module, String name) {
        var tensor = source.tensor(name);
        check.check(tensor, List.of((long) module.outputs()));
        return tensor;
    }

    private Retrained matrix(LinearModule module) {
        var tensor = source.tensor(TensorNames.weight(module, false));
        check.check(tensor, base.weight(module).shape());
        return new Retrained(module, tensor);
    }

    private Set<String> expectedNames() {
        Set<String> expected = new LinkedHashSet<>();
        for (var module : modules.adapted()) {
            expected.add(TensorNames.a(module));
            expected.add(TensorNames.b(module));
            if (config.variant().hasLoraBias()) {
                expected.add(TensorNames.biasOfB(module));
            }
            if (config.variant().isDora()) {
                expected.add(TensorNames.magnitude(module));
            }
        }
        biased.forEach(module -> expected.add(TensorNames.bias(module, isAdapted(module))));
        modules.retrained().forEach(module -> expected.add(TensorNames.weight(module, false)));
        return expected;
    }

    private void checkNames() {
        var expected = expectedNames();
        var superfluous =
                source.names().stream()
                        .filter(name -> !expected.contains(name) && !copies.containsKey(name))
                        .sorted()
                        .toList();
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
            throw check.problem(String.join("; ", problems));
        }
    }

    private static String listed(String what, List<String> names) {
        var first = names.stream().limit(NAMED).map(Quote::plain).collect(Collectors.joining(", "));
        int more = names.size() - NAMED;
        return what + ": " + first + (more > 0 ? " and " + more + " more" : "");
    }

    private String layerBeyond(List<String> names) {
        int layers = base.spec().layers();
        return names.stream()
                .map(LAYER::matcher)
                .filter(matcher -> matcher.find() && Integer.parseInt(matcher.group(1)) >= layers)
                .findFirst()
                .map(matcher ->
                        "; the base model has no layer %s, only 0 to %d"
                                .formatted(matcher.group(1), layers - 1))
                .orElse("");
    }

    private void checkRank(LinearModule module, int rank, Tensor a, Tensor b) {
        if (a.shape().size() != 2 || b.shape().size() != 2) {
            throw check.problem(
                    "%s: lora_A and lora_B must be matrices, found shapes %s and %s"
                            .formatted(module.name(), a.shape(), b.shape()));
        }
        long rankOfA = a.shape().get(0);
        long rankOfB = b.shape().get(1);
        if (rankOfA != rank || rankOfB != rank) {
            throw check.problem(
                    "rank of %s: lora_A has %d rows and lora_B %d columns, expected r=%d as %s says"
                            .formatted(module.name(), rankOfA, rankOfB, rank, AdapterConfig.FILE));
        }
    }
}
