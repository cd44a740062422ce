package org.dlora.device.cuda.driver;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cache of the graphs of a stream's launches. Between {@link #begin} and {@link #end} launches of
 * kernels are held back. If they are those of a graph, byte for byte, the graph is launched in
 * their place; so a graph never does anything else than its launches would. Launches that come for
 * the second time become a graph. One thread uses them.
 */
public final class GraphCache implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GraphCache.class);

    /** System property: {@code off} launches kernels one by one. */
    public static final String SETTING = "dlora.cuda.graphs";

    /** Graphs that are kept; the one not used for longest goes. */
    static final int MOST = 128;

    /** Lists of launches that came once, by their hashes. */
    private static final int MOST_SEEN = 4096;

    private final Stream stream;
    private final LaunchList launches = new LaunchList();
    private final Map<LaunchList, Graph> graphs = new LinkedHashMap<>(16, 0.75f, true);
    private final Set<Integer> seen = new LinkedHashSet<>();
    private boolean areOn;

    /**
     * @throws IllegalArgumentException if the setting is neither {@code on} nor {@code off}
     */
    public GraphCache(Stream stream) {
        this.stream = stream;
        this.areOn = areWanted();
    }

    private static boolean areWanted() {
        var setting = System.getProperty(SETTING, "on");
        return switch (setting) {
            case "on" -> true;
            case "off" -> false;
            default ->
                    throw new IllegalArgumentException(
                            "%s = '%s': expected on or off".formatted(SETTING, setting));
        };
    }

    /** Returns whether launches are held back at all. */
    public boolean areOn() {
        return areOn;
    }

    /** Holds the launches of the stream back from now on. */
    public void begin() {
        launches.clear();
        if (areOn) {
            stream.hold(launches);
        }
    }

    /** Launches what is held back, as a graph where there is one. */
    public void end() {
        if (stream.held() == null) {
            return;
        }
        stream.letGo();
        try {
            run();
        } finally {
            launches.clear();
        }
    }

    private void run() {
        var graph = graphs.get(launches);
        if (graph == null && hasCome()) {
            graph = make();
        }
        if (graph == null) {
            launches.launch(stream);
        } else {
            graph.launch(stream);
        }
    }

    /** Returns whether the launches have come before, and remembers them. */
    private boolean hasCome() {
        if (launches.size() == 0 || !areOn) {
            return false;
        }
        boolean isNew = seen.add(launches.hashCode());
        if (seen.size() > MOST_SEEN) {
            seen.remove(seen.iterator().next());
        }
        return !isNew;
    }

    private @Nullable Graph make() {
        if (graphs.size() >= MOST) {
            var oldest = graphs.entrySet().iterator().next();
            graphs.remove(oldest.getKey());
            oldest.getValue().close();
        }
        try {
            var graph = new Graph(launches, stream);
            graphs.put(launches.copy(), graph);
            return graph;
        } catch (CudaException e) {
            areOn = false;
            log.warn(
                    "No CUDA graphs on cuda:{} from now on, kernels are launched one by one: {}",
                    stream.context().number(),
                    e.getMessage());
            return null;
        }
    }

    @Override
    public void close() {
        graphs.values().forEach(Graph::close);
        graphs.clear();
    }
}
