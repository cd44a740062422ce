package org.dlora.adapter.content;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dlora.adapter.config.AdapterConfig;
import org.dlora.adapter.config.Quote;
import org.dlora.model.BaseModel;
import org.dlora.model.LinearModule;
import org.dlora.tensor.Problems;
import org.dlora.tensor.Tensor;
import org.dlora.tensor.TensorSource;

/**
 * Match of an adapter's tensors with the modules that its configuration changes. Each expected
 * tensor must be there and fit, and no other may be there. So nothing is ignored, and no adapter is
 * served as the base.
 */
public final class LoraTensors {
    private static final Pattern LAYER = Pattern.compile("layers\\.(\\d{1,9})\\.");

    private final String file;
    private final TensorCheck check;
    private final TensorSource source;
    private final AdapterConfig config;
    private final ModuleSelection modules;
    private final BaseModel base;

    private final ExpectedTensors expected;

    /**
     * @param file the weights' file, for errors
     */
    public LoraTensors(
            String file,
            TensorSource source,
            AdapterConfig config,
            ModuleSelection modules,
            BaseModel base) {
        this.file = file;
        this.check = new TensorCheck(file);
        this.source = source;
        this.config = config;
        this.modules = modules;
        this.base = base;
        this.expected = new ExpectedTensors(config, modules, base);
    }

    /**
     * Returns all tensors, by what they change.
     *
     * @param values whether values are checked as well, which reads all of the file
     * @throws org.dlora.tensor.LoadException of every tensor that is missing, superfluous, of
     *     another shape or dtype, or has a value that is not finite
     */
    public AdapterTensors match(boolean values) {
        var problems = new Problems();
        // First, because they show most plainly that the adapter belongs to another base.
        problems.addAll(misfits());
        var superfluous = source.names().stream().filter(expected::isSuperfluous).sorted().toList();
        if (!superfluous.isEmpty()) {
            // They may be those of a target that the base lacks.
            problems.addAll(modules.unmatched().stream());
        }
        problems.addAll(superfluous.stream().map(this::superfluous));
        problems.addAll(
                expected.shapes().keySet().stream()
                        .filter(name -> !isThere(name))
                        .map(this::missing));
        problems.addAll(
                source.names().stream()
                        .map(source::tensor)
                        .flatMap(one -> (values ? check.values(one) : check.dtype(one)).stream()));
        problems.addAll(
                expected.copies().entrySet().stream()
                        .filter(copy -> isThere(copy.getKey()))
                        .flatMap(copy ->
                                copy(source.tensor(copy.getKey()), copy.getValue(), values)
                                        .stream()));
        problems.throwIfAny();
        return new AdapterTensors(
                modules.adapted().stream().map(this::lora).toList(),
                expected.biased().stream().map(this::bias).toList(),
                modules.retrained().stream().map(this::matrix).toList());
    }

    private Optional<String> copy(Tensor copy, LinearModule module, boolean values) {
        var base = this.base.weight(module);
        return values ? check.copy(copy, base) : check.shape(copy, base.shape());
    }

    private boolean isThere(String name) {
        return source.names().contains(name);
    }

    private String superfluous(String name) {
        int layers = base.spec().layers();
        var layer = LAYER.matcher(name);
        boolean isBeyond = layer.find() && Integer.parseInt(layer.group(1)) >= layers;
        return "%s: tensor %s does not belong to the adapted modules; %s"
                .formatted(
                        file,
                        Quote.plain(name),
                        isBeyond
                                ? "the base model has no layer %s, only 0 to %d"
                                        .formatted(layer.group(1), layers - 1)
                                : "expected only what %s asks for, under the names that PEFT's save_pretrained writes"
                                        .formatted(AdapterConfig.FILE));
    }

    private String missing(String name) {
        return "%s: tensor %s is missing; expected shape %s, as %s asks for it; correct that or save the adapter again"
                .formatted(file, name, expected.shapes().get(name), AdapterConfig.FILE);
    }

    /** Lists tensors of other shapes. Where only the rank differs, A and B are one problem. */
    private Stream<String> misfits() {
        var otherRank = new LinkedHashMap<String, String>();
        for (var module : modules.adapted()) {
            rankProblem(module)
                    .ifPresent(problem -> {
                        otherRank.put(TensorNaming.a(module), problem);
                        otherRank.put(TensorNaming.b(module), problem);
                    });
        }
        return Stream.concat(
                otherRank.values().stream().distinct(),
                expected.shapes().entrySet().stream()
                        .filter(one -> isThere(one.getKey()))
                        .filter(one -> !otherRank.containsKey(one.getKey()))
                        .flatMap(one ->
                                check.shape(source.tensor(one.getKey()), one.getValue()).stream()));
    }

    private Optional<String> rankProblem(LinearModule module) {
        var a = shape(TensorNaming.a(module));
        var b = shape(TensorNaming.b(module));
        int rank = config.rank(module.name());
        boolean isOther = a.size() == 2 && b.size() == 2 && (a.get(0) != rank || b.get(1) != rank);
        return isOther
                ? Optional.of(
                        "%s: rank of %s: lora_A has %d rows and lora_B %d columns, expected r=%d as %s says; correct r or rank_pattern there"
                                .formatted(
                                        file,
                                        module.name(),
                                        a.get(0),
                                        b.get(1),
                                        rank,
                                        AdapterConfig.FILE))
                : Optional.empty();
    }

    private List<Long> shape(String name) {
        return isThere(name) ? source.tensor(name).shape() : List.of();
    }

    private LoraModule lora(LinearModule module) {
        int rank = config.rank(module.name());
        var variant = config.variant();
        return new LoraModule(
                module,
                rank,
                config.alpha(module.name()),
                config.scale(module.name(), rank),
                source.tensor(TensorNaming.a(module)),
                source.tensor(TensorNaming.b(module)),
                variant.hasLoraBias()
                        ? Optional.of(source.tensor(TensorNaming.biasOfB(module)))
                        : Optional.empty(),
                variant.isDora()
                        ? Optional.of(source.tensor(TensorNaming.magnitude(module)))
                        : Optional.empty());
    }

    private Retrained bias(LinearModule module) {
        return new Retrained(
                module, source.tensor(TensorNaming.bias(module, expected.isAdapted(module))));
    }

    private Retrained matrix(LinearModule module) {
        return new Retrained(module, source.tensor(TensorNaming.weight(module, false)));
    }
}
