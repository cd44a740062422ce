package org.dlora.model;

import java.util.OptionalDouble;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reader of the rotary embedding in {@code config.json}: {@code rope_parameters} (transformers 5),
 * or {@code rope_theta} and {@code rope_scaling} with the type under {@code rope_type} or {@code
 * type}.
 */
final class RopeReader {
    private static final double MAX_NUMBER = 1e12;

    private final ConfigFields config;
    private final ConfigFields rope;
    private final int maxPositions;

    RopeReader(ConfigFields config, int maxPositions) {
        this.config = config;
        this.rope = section(config);
        this.maxPositions = maxPositions;
    }

    RopeSpec rope() {
        if (first("partial_rotary_factor").orElse(1) != 1) {
            var holder = rope.get("partial_rotary_factor") == null ? config : rope;
            throw holder.problem("partial_rotary_factor", holder.get("partial_rotary_factor"), "1");
        }
        double theta = first("rope_theta").orElse(10_000);
        var key = rope.get("rope_type") != null ? "rope_type" : "type";
        var type = rope.text(key, "default");
        return switch (type) {
            case "default" -> new RopeSpec.Default(theta);
            case "linear" -> new RopeSpec.Linear(theta, number("factor"));
            case "llama3" -> llama3(theta);
            default -> throw rope.problem(key, rope.get(key), "default, linear or llama3");
        };
    }

    private RopeSpec llama3(double theta) {
        double low = number("low_freq_factor");
        double high = number("high_freq_factor");
        if (low >= high) {
            throw rope.problem(
                    "low_freq_factor",
                    rope.get("low_freq_factor"),
                    "less than high_freq_factor, " + high);
        }
        var key = "original_max_position_embeddings";
        int original =
                config.size(
                        key, rope.size(key, maxPositions, Integer.MAX_VALUE), Integer.MAX_VALUE);
        return new RopeSpec.Llama3(theta, number("factor"), low, high, original);
    }

    private double number(String name) {
        return rope.number(name, Double.MIN_NORMAL, MAX_NUMBER)
                .orElseThrow(() -> rope.problem(name, null, "a number"));
    }

    /** Returns the field of the section or, as before transformers 5, the one beside it. */
    private OptionalDouble first(String name) {
        var inSection = rope.number(name, Double.MIN_NORMAL, MAX_NUMBER);
        return inSection.isPresent()
                ? inSection
                : config.number(name, Double.MIN_NORMAL, MAX_NUMBER);
    }

    private static ConfigFields section(ConfigFields config) {
        for (var name : new String[] {"rope_scaling", "rope_parameters"}) {
            var node = config.get(name);
            if (node instanceof ObjectNode object && !object.isEmpty()) {
                var section = new ConfigFields(config.file(), name + ".", object);
                object.properties()
                        .forEach(entry -> {
                            if (entry.getValue().isObject()) {
                                throw section.problem(
                                        entry.getKey(),
                                        entry.getValue(),
                                        "one rotary embedding for all layers");
                            }
                        });
                return section;
            }
            if (node != null && !node.isObject()) {
                throw config.problem(name, node, "an object");
            }
        }
        return new ConfigFields(config.file(), "", JsonNodeFactory.instance.objectNode());
    }
}
