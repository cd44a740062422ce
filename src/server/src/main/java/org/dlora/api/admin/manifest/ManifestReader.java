package org.dlora.api.admin.manifest;

import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.dlora.adapter.AdapterName;
import org.dlora.api.admin.adapters.AdapterUpdateReader;
import org.dlora.api.web.ApiException;
import org.dlora.catalogue.manifest.DesiredAdapter;
import org.dlora.catalogue.manifest.Manifest;
import org.dlora.catalogue.manifest.ManifestException;
import org.dlora.catalogue.manifest.ManifestParser;
import org.dlora.catalogue.manifest.ManifestProblem;
import org.dlora.catalogue.versions.AdapterDetails;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.operate.adapters.AdapterUpdate;
import org.dlora.tensor.LoadException;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * Reader of a manifest's YAML. What can be said of an adapter over HTTP as well has the same names
 * and limits here. Only the tree of the document is read, and no type of Java is made of it.
 *
 * @param base name of the base model
 * @param pinned names that the settings pin
 * @param shares weights that the settings give, by name
 * @param vocabulary number of the base model's token ids
 */
public record ManifestReader(
        String base, Set<String> pinned, Map<String, Double> shares, int vocabulary)
        implements ManifestParser {
    private static final int DEEPEST = 20;
    private static final int MOST_ALIASES = 50;
    private static final int MOST_VERSIONS = 10;

    /** Label of the version of an adapter that names one source. */
    private static final String MAIN = "main";

    private static final Set<String> DOCUMENT = inOrder("base", "adapters");
    private static final Set<String> UPDATE =
            inOrder(
                    DesiredAdapter.DESCRIPTION,
                    DesiredAdapter.OWNER,
                    DesiredAdapter.TAGS,
                    DesiredAdapter.PINNED,
                    DesiredAdapter.SHARE,
                    DesiredAdapter.SYSTEM_PROMPT,
                    DesiredAdapter.PARAMETERS);
    private static final Set<String> CONTENT =
            inOrder(
                    "name",
                    "served",
                    "source",
                    "versions",
                    "route",
                    "aliases",
                    DesiredAdapter.GATE);
    private static final Pattern LABEL = Pattern.compile("[A-Za-z][A-Za-z0-9._-]{0,63}");

    public ManifestReader {
        pinned = Set.copyOf(pinned);
        shares = Map.copyOf(shares);
    }

    private static Set<String> inOrder(String... names) {
        return new LinkedHashSet<>(List.of(names));
    }

    @Override
    public Manifest parse(byte[] yaml) {
        var document = YamlMapping.of(tree(yaml), "the manifest");
        document.requireKnown(DOCUMENT, "the manifest");
        document.text("base")
                .filter(name -> !name.equals(base))
                .ifPresent(name -> {
                    throw YamlMapping.problem(
                            document.line("base"),
                            "the manifest is for the base model '%s', but '%s' is served"
                                    .formatted(name, base));
                });
        var list = document.value("adapters");
        if (list.isEmpty() || !(list.get() instanceof SequenceNode sequence)) {
            throw YamlMapping.problem(
                    document.line("adapters"), "'adapters' must be a list; [] names none");
        }
        return read(sequence);
    }

    private static Node tree(byte[] yaml) {
        var options = new LoaderOptions();
        options.setNestingDepthLimit(DEEPEST);
        options.setMaxAliasesForCollections(MOST_ALIASES);
        try {
            var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(yaml)).toString();
            var tree = new Yaml(new SafeConstructor(options)).compose(new StringReader(text));
            if (tree == null) {
                throw YamlMapping.problem(1, "the manifest is empty; 'adapters: []' names none");
            }
            return tree;
        } catch (CharacterCodingException _) {
            throw YamlMapping.problem(0, "the manifest is no text in UTF-8");
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
            throw YamlMapping.problem(line, "no YAML: " + e.getProblem());
        } catch (YAMLException e) {
            throw YamlMapping.problem(0, "no YAML: " + e.getMessage());
        }
    }

    private Manifest read(SequenceNode sequence) {
        var adapters = new ArrayList<DesiredAdapter>();
        var problems = new ArrayList<ManifestProblem>();
        var firstLines = new HashMap<String, Integer>();
        for (var node : sequence.getValue()) {
            try {
                var adapter = adapter(YamlMapping.of(node, "an adapter"));
                var first = firstLines.putIfAbsent(adapter.name(), adapter.line());
                if (first != null) {
                    throw YamlMapping.problem(
                            adapter.line(),
                            "the adapter '%s' is there twice, first in line %d"
                                    .formatted(adapter.name(), first));
                }
                adapters.add(adapter);
            } catch (ManifestException e) {
                problems.addAll(e.problems());
            }
        }
        if (!problems.isEmpty()) {
            throw new ManifestException(problems);
        }
        return new Manifest(adapters);
    }

    private DesiredAdapter adapter(YamlMapping map) {
        var known = new LinkedHashSet<>(CONTENT);
        known.addAll(UPDATE);
        map.requireKnown(known, "an adapter");
        var name = name(map);
        boolean isServed = map.flag("served", true);
        if (!isServed && map.values().size() > 2) {
            throw YamlMapping.problem(
                    map.line("served"),
                    "the adapter '%s' is not to be served, so nothing else is said of it"
                            .formatted(name));
        }
        var sources = sources(map);
        var routes = new RouteReader(sources).all(map);
        var update = update(map);
        var given = new LinkedHashSet<>(map.values().keySet());
        given.retainAll(UPDATE);
        var said = update.details().apply(AdapterDetails.NONE);
        var adapter =
                new DesiredAdapter(
                        name,
                        map.line(),
                        isServed,
                        sources,
                        routes,
                        given,
                        update.pinned().map(said::pinned).orElse(said),
                        update.defaults().apply(VersionDefaults.NONE),
                        update.share().orElse(1.0),
                        ManifestGateReader.read(map, vocabulary));
        requireUsed(map, adapter);
        requireAgreement(map, adapter);
        return adapter;
    }

    private String name(YamlMapping map) {
        var name =
                map.text("name")
                        .orElseThrow(
                                () -> YamlMapping.problem(map.line(), "an adapter has no 'name'"));
        try {
            AdapterName.check(name, base);
        } catch (LoadException e) {
            throw YamlMapping.problem(map.line("name"), String.valueOf(e.getMessage()));
        }
        return name;
    }

    private static SortedMap<String, String> sources(YamlMapping map) {
        var sources = new TreeMap<String, String>();
        map.text("source").ifPresent(source -> sources.put(MAIN, source));
        var versions = map.value("versions").map(node -> YamlMapping.of(node, "'versions'"));
        if (versions.isEmpty()) {
            return sources;
        }
        if (!sources.isEmpty()) {
            throw YamlMapping.problem(
                    map.line("versions"), "'source' and 'versions' cannot both be given");
        }
        versions.get()
                .values()
                .forEach((label, node) -> {
                    if (!LABEL.matcher(label).matches()) {
                        throw YamlMapping.problem(
                                versions.get().line(label),
                                "'%s' cannot label a version; expected a letter and up to 63 letters, digits, '.', '_' or '-'"
                                        .formatted(label));
                    }
                    sources.put(label, YamlMapping.text(node, "the source of '" + label + "'"));
                });
        if (sources.isEmpty() || sources.size() > MOST_VERSIONS) {
            throw YamlMapping.problem(
                    map.line("versions"),
                    "'versions' must have 1 to %d sources by label".formatted(MOST_VERSIONS));
        }
        return sources;
    }

    private static AdapterUpdate update(YamlMapping map) {
        try {
            return AdapterUpdateReader.read(map.json(UPDATE));
        } catch (ApiException e) {
            var member = e.parameter().orElse("").replaceAll("[.\\[].*", "");
            throw YamlMapping.problem(map.line(member), String.valueOf(e.getMessage()));
        }
    }

    private static void requireUsed(YamlMapping map, DesiredAdapter adapter) {
        for (var label : adapter.sources().keySet()) {
            if (adapter.routes().values().stream().noneMatch(route -> route.uses(label))) {
                throw YamlMapping.problem(
                        map.line("versions"),
                        "no route and no alias uses the version '%s'".formatted(label));
            }
        }
    }

    /** Checks that the settings, which come first, do not say otherwise. */
    private void requireAgreement(YamlMapping map, DesiredAdapter adapter) {
        var name = adapter.name();
        if (adapter.given().contains(DesiredAdapter.PINNED)
                && !adapter.details().pinned().orElse(false)
                && pinned.contains(name)) {
            throw YamlMapping.problem(
                    map.line(DesiredAdapter.PINNED),
                    "the setting dlora.adapters.pinned pins '%s'; change one of them"
                            .formatted(name));
        }
        var share = Optional.ofNullable(shares.get(name));
        if (adapter.given().contains(DesiredAdapter.SHARE)
                && share.filter(set -> set != adapter.share()).isPresent()) {
            throw YamlMapping.problem(
                    map.line(DesiredAdapter.SHARE),
                    "the setting dlora.shares gives '%s' the weight %s; change one of them"
                            .formatted(name, share.get()));
        }
    }
}
