package org.dlora.app.wiring;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.dlora.adapter.AdapterName;
import org.dlora.adapter.AdapterRoots;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.app.source.ModelSource;
import org.dlora.catalogue.served.Registrations;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.tensor.LoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The adapters of the roots at the start. Configurations and headers are validated. An adapter that
 * cannot be served is left out, with the reason in the log.
 */
final class InitialAdapters {
    private static final Logger log = LoggerFactory.getLogger(InitialAdapters.class);

    /** Problems of a folder that are logged, and adapters named with a common warning. */
    private static final int SHOWN = 3;

    private final ModelSource source;
    private final List<RegisteredAdapter> adapters = new ArrayList<>();
    private final List<Path> leftOut = new ArrayList<>();

    private InitialAdapters(ModelSource source) {
        this.source = source;
    }

    /**
     * Registers all adapters in the roots of {@code source}.
     *
     * @param reader reads the configuration and the header in a folder
     */
    static InitialAdapters register(ModelSource source, Function<Path, RegisteredAdapter> reader) {
        var initial = new InitialAdapters(source);
        var scan = AdapterRoots.scan(source.adapterRoots(), reader);
        scan.problems().forEach(problem -> initial.leaveOut(problem.folder(), problem.error()));
        scan.adapters().stream().filter(initial::isNamed).forEach(initial.adapters::add);
        initial.warn();
        return initial;
    }

    /** Returns the adapters as they are served. */
    List<ServedAdapter> served(Registrations registrations) {
        return adapters.stream().map(registrations::next).toList();
    }

    /** Returns the device memory of all adapters together. */
    long bytes() {
        return adapters.stream().mapToLong(RegisteredAdapter::bytes).sum();
    }

    /** Returns the number of adapters that cannot be served. */
    int leftOut() {
        return leftOut.size();
    }

    /** Returns the folders of adapters that cannot be served. */
    List<Path> leftOutFolders() {
        return List.copyOf(leftOut);
    }

    /** Returns whether the adapter can have its name. */
    private boolean isNamed(RegisteredAdapter adapter) {
        try {
            AdapterName.check(adapter.name(), source.name());
            return true;
        } catch (LoadException e) {
            leaveOut(adapter.folder(), e);
            return false;
        }
    }

    private void leaveOut(Path folder, LoadException e) {
        leftOut.add(folder);
        log.warn("Left out {}: {}", folder, summary(folder, e.problems()));
    }

    private String summary(Path folder, List<String> problems) {
        if (problems.size() <= SHOWN) {
            return String.join("\n  ", problems);
        }
        return "%s\n  and %d other problems; see all by: java -jar dlora.jar inspect %s --model=%s"
                .formatted(
                        String.join("\n  ", problems.subList(0, SHOWN)),
                        problems.size() - SHOWN,
                        folder,
                        source.folder());
    }

    /** Logs each warning once, with the adapters that have it. */
    private void warn() {
        Map<String, List<RegisteredAdapter>> byText = new LinkedHashMap<>();
        for (var adapter : adapters) {
            for (var warning : adapter.warnings()) {
                byText.computeIfAbsent(warning, _ -> new ArrayList<>()).add(adapter);
            }
        }
        byText.forEach((warning, who) -> log.warn("{}: {}", name(who), warning));
    }

    private static String name(List<RegisteredAdapter> adapters) {
        if (adapters.size() == 1) {
            return adapters.getFirst().folder().toString();
        }
        var names = adapters.stream().limit(SHOWN).map(RegisteredAdapter::name).toList();
        return "%d adapters (%s%s)"
                .formatted(
                        adapters.size(),
                        String.join(", ", names),
                        adapters.size() > SHOWN ? ", …" : "");
    }
}
