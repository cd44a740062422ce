package org.dlora.api.admin.manifest;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dlora.catalogue.manifest.ManifestException;
import org.dlora.catalogue.manifest.ManifestProblem;
import org.springframework.util.StringUtils;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A mapping of a YAML document, whose errors name their line.
 *
 * @param line where it begins, from 1
 * @param values by key, in the order of the document
 */
record YamlMapping(int line, Map<String, Node> values, Map<String, Integer> lines) {

    /**
     * Returns a node as a mapping.
     *
     * @param what name of the mapping, for errors
     * @throws ManifestException if it is none, or has a key twice
     */
    static YamlMapping of(Node node, String what) {
        if (!(node instanceof MappingNode mapping)) {
            throw problem(line(node), what + " must be a mapping of keys to values");
        }
        var values = new LinkedHashMap<String, Node>();
        var lines = new LinkedHashMap<String, Integer>();
        for (var entry : mapping.getValue()) {
            if (!(entry.getKeyNode() instanceof ScalarNode key)) {
                throw problem(line(entry.getKeyNode()), "a key of " + what + " is no text");
            }
            if (values.put(key.getValue(), entry.getValueNode()) != null) {
                throw problem(
                        line(key),
                        "%s has the key '%s' twice"
                                .formatted(what, StringUtils.truncate(key.getValue())));
            }
            lines.put(key.getValue(), line(key));
        }
        return new YamlMapping(line(node), values, lines);
    }

    static int line(Node node) {
        return node.getStartMark().getLine() + 1;
    }

    static ManifestException problem(int line, String message) {
        return new ManifestException(List.of(new ManifestProblem(line, message)));
    }

    /** Returns the line of a key, or that of the mapping if it has no such key. */
    int line(String key) {
        return lines.getOrDefault(key, line);
    }

    /**
     * Checks that all keys are known.
     *
     * @throws ManifestException if one is not
     */
    void requireKnown(Set<String> known, String what) {
        for (var key : values.keySet()) {
            if (!known.contains(key)) {
                throw problem(
                        line(key),
                        "unknown key '%s' of %s; known are %s"
                                .formatted(
                                        StringUtils.truncate(key), what, String.join(", ", known)));
            }
        }
    }

    Optional<Node> value(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /**
     * Returns a text that is not empty.
     *
     * @throws ManifestException if the value is another one
     */
    Optional<String> text(String key) {
        return value(key).map(node -> text(node, "'" + key + "'"));
    }

    static String text(Node node, String what) {
        if (!(node instanceof ScalarNode scalar)
                || !scalar.getTag().equals(Tag.STR)
                || scalar.getValue().isBlank()) {
            throw problem(
                    line(node),
                    "%s must be a text that is not empty; put it in quotes if it looks like a number"
                            .formatted(what));
        }
        return scalar.getValue();
    }

    /**
     * Returns true or false, or the usual value.
     *
     * @throws ManifestException if the value is another one
     */
    boolean flag(String key, boolean usual) {
        return value(key)
                .map(node -> {
                    if (json(node).isBoolean()) {
                        return json(node).booleanValue();
                    }
                    throw problem(line(key), "'%s' must be true or false".formatted(key));
                })
                .orElse(usual);
    }

    /** Returns the values of some keys as JSON; those that are not there are left out. */
    ObjectNode json(Collection<String> keys) {
        var json = JsonNodeFactory.instance.objectNode();
        values.forEach((key, node) -> {
            if (keys.contains(key)) {
                json.set(key, json(node));
            }
        });
        return json;
    }

    static JsonNode json(Node node) {
        var make = JsonNodeFactory.instance;
        return switch (node) {
            case MappingNode _ -> {
                var mapping = of(node, "a value");
                yield mapping.json(mapping.values.keySet());
            }
            case SequenceNode sequence -> {
                var array = make.arrayNode();
                sequence.getValue().forEach(element -> array.add(json(element)));
                yield array;
            }
            case ScalarNode scalar -> json(scalar);
            default -> throw problem(line(node), "a value is of no known kind");
        };
    }

    private static JsonNode json(ScalarNode scalar) {
        var make = JsonNodeFactory.instance;
        var text = scalar.getValue();
        if (scalar.getTag().equals(Tag.NULL)) {
            return make.nullNode();
        }
        if (scalar.getTag().equals(Tag.BOOL)) {
            return make.booleanNode(
                    Set.of("true", "yes", "on").contains(text.toLowerCase(Locale.ROOT)));
        }
        try {
            if (scalar.getTag().equals(Tag.INT)) {
                return make.numberNode(Long.parseLong(text));
            }
            if (scalar.getTag().equals(Tag.FLOAT)) {
                return make.numberNode(Double.parseDouble(text));
            }
        } catch (NumberFormatException _) {
            // Another notation than JSON's, such as 0x1f, which the reader of the value refuses.
        }
        return make.stringNode(text);
    }
}
