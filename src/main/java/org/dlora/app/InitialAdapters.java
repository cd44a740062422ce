package org.dlora.app;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.adapter.Adapter;
import org.dlora.adapter.AdapterRoots;
import org.dlora.adapter.AdapterUploader;
import org.dlora.cluster.AdapterMemory;
import org.dlora.cluster.LoadedAdapter;
import org.dlora.model.BaseModel;
import org.dlora.tensor.LoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The adapters of the roots at the start: validated, then uploaded. An adapter that cannot be
 * served is left out, with the reason in the log. Closing closes the files of adapters that are not
 * uploaded.
 */
final class InitialAdapters implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(InitialAdapters.class);

    /** Problems of a folder that are logged, and adapters named with a common warning. */
    private static final int SHOWN = 3;

    private final ModelSource source;
    private final Deque<Adapter> adapters = new ArrayDeque<>();
    private int leftOut;

    private InitialAdapters(ModelSource source) {
        this.source = source;
    }

    /** Validates all adapters in the roots of {@code source}. */
    static InitialAdapters validate(ModelSource source, BaseModel model) {
        var initial = new InitialAdapters(source);
        var scan = AdapterRoots.scan(source.adapterRoots(), model);
        scan.problems().forEach(problem -> initial.leaveOut(problem.folder(), problem.error()));
        initial.adapters.addAll(scan.adapters());
        initial.adapters.removeIf(adapter -> !initial.isNamed(adapter));
        initial.warn();
        return initial;
    }

    /**
     * Uploads the adapters and closes their files. An adapter that cannot be served after all is
     * left out.
     *
     * @throws StartException if they do not fit into the memory
     */
    List<LoadedAdapter> upload(
            AdapterUploader uploader, AdapterMemory memory, Clock clock, Closing closing) {
        int total = adapters.size();
        MemoryPlan.requireRoom(
                uploader.ledger(), total, adapters.stream().mapToLong(uploader::bytes).sum());
        var progress = new Progress(log, clock, "Loaded adapter", total);
        var loaded = new ArrayList<LoadedAdapter>();
        while (!adapters.isEmpty()) {
            closing.goOn();
            var folder = adapters.element().folder();
            try (var adapter = adapters.remove()) {
                loaded.add(memory.hold(uploader.upload(adapter), folder, clock.instant()));
            } catch (LoadException e) {
                leaveOut(folder, e);
            }
            progress.reached(total - adapters.size());
        }
        return loaded;
    }

    /** Returns the number of adapters that cannot be served. */
    int leftOut() {
        return leftOut;
    }

    @Override
    public void close() {
        adapters.forEach(Adapter::close);
    }

    /** Returns whether the adapter can have its name; otherwise closes it. */
    private boolean isNamed(Adapter adapter) {
        try {
            ModelSource.checkName(adapter, source.name());
            return true;
        } catch (LoadException e) {
            leaveOut(adapter.folder(), e);
            adapter.close();
            return false;
        }
    }

    private void leaveOut(Path folder, LoadException e) {
        leftOut++;
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
        Map<String, List<Adapter>> byText = new LinkedHashMap<>();
        for (var adapter : adapters) {
            for (var warning : adapter.warnings()) {
                byText.computeIfAbsent(warning, _ -> new ArrayList<>()).add(adapter);
            }
        }
        byText.forEach((warning, who) -> log.warn("{}: {}", name(who), warning));
    }

    private static String name(List<Adapter> adapters) {
        if (adapters.size() == 1) {
            return adapters.getFirst().folder().toString();
        }
        var names = adapters.stream().limit(SHOWN).map(Adapter::name).toList();
        return "%d adapters (%s%s)"
                .formatted(
                        adapters.size(),
                        String.join(", ", names),
                        adapters.size() > SHOWN ? ", …" : "");
    }
}
