package org.dlora.adapter.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * The fields of {@code adapter_config.json} that change the maths. An absent field has PEFT's
 * default.
 *
 * @param r {@code r}, the rank of modules that no pattern names
 * @param alpha {@code lora_alpha}, of modules that no pattern names
 * @param isRankStabilized {@code use_rslora}: scale {@code alpha / sqrt(r)} (Kalajdzievski 2023)
 *     instead of {@code alpha / r}
 * @param variant tensors besides A and B
 * @param baseModel {@code base_model_name_or_path}, for a warning only
 */
public record AdapterConfig(
        int r,
        double alpha,
        boolean isRankStabilized,
        PatternMap<Integer> rankPattern,
        PatternMap<Double> alphaPattern,
        TargetModules targets,
        Variant variant,
        Optional<String> baseModel) {

    public static final String FILE = "adapter_config.json";

    /**
     * Reads and checks the whole file.
     *
     * @throws org.dlora.tensor.LoadException of every field that is malformed or not supported
     */
    public static AdapterConfig read(Path folder) {
        var fields = AdapterFields.read(folder.resolve(FILE));
        ConfigFieldCheck.check(fields);
        var budget = new MatchBudget();
        var config =
                new AdapterConfig(
                        fields.positive("r", 8),
                        fields.number("lora_alpha", 8),
                        fields.flag("use_rslora"),
                        pattern(fields, "rank_pattern", AdapterFields::positives, budget),
                        pattern(fields, "alpha_pattern", AdapterFields::numbers, budget),
                        TargetReader.read(fields, budget),
                        Variant.read(fields),
                        fields.text("base_model_name_or_path"));
        fields.problems().throwIfAny();
        return config;
    }

    private static <T> PatternMap<T> pattern(
            AdapterFields fields,
            String name,
            BiFunction<AdapterFields, String, Map<String, T>> values,
            MatchBudget budget) {
        return fields.problems()
                .attempt(() -> PatternMap.of(name, values.apply(fields, name), budget))
                .orElse(new PatternMap<>(List.of()));
    }

    public int rank(String module) {
        return rankPattern.get(module).orElse(r);
    }

    public double alpha(String module) {
        return alphaPattern.get(module).orElse(alpha);
    }

    /**
     * Returns the factor of {@code B·A·x} in a module of rank {@code rank}. It is computed in
     * double and applied in float32, as PyTorch does.
     */
    public float scale(String module, int rank) {
        double divisor = isRankStabilized ? Math.sqrt(rank) : rank;
        return (float) (alpha(module) / divisor);
    }
}
