package org.dlora.catalogue.served;

import java.util.List;
import java.util.function.BiConsumer;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.watch.LookThread;
import org.dlora.tensor.LoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Validation of the content of registered adapters, one after another on a thread of its own. It
 * begins once the server is ready. An adapter that a request asks for earlier is validated then.
 */
public final class ContentChecks implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ContentChecks.class);

    private final List<ServedAdapter> adapters;
    private final UploadPace pace;
    private final BiConsumer<ServedAdapter, LoadException> broken;
    private final Runnable done;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * @param adapters registered ones
     * @param pace beside running requests
     * @param broken is told of adapters whose content cannot be served
     * @param done is run at the end
     */
    public ContentChecks(
            List<ServedAdapter> adapters,
            UploadPace pace,
            BiConsumer<ServedAdapter, LoadException> broken,
            Runnable done) {
        this.adapters = List.copyOf(adapters);
        this.pace = pace;
        this.broken = broken;
        this.done = done;
        thread = Thread.ofPlatform().name("adapter-checks").daemon().unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        int checked = 0;
        for (var adapter : adapters) {
            if (closed) {
                return;
            }
            if (adapter.version().isEmpty()) {
                check(adapter);
                checked++;
            }
        }
        if (checked > 0) {
            log.info("Validated the content of {} adapters", checked);
        }
        done.run();
    }

    private void check(ServedAdapter adapter) {
        try {
            adapter.source().validate();
        } catch (LoadException e) {
            if (e.isUnreadable()) {
                log.warn(
                        "Adapter {} could not be read; its content is validated when a request asks for it: {}",
                        adapter.name(),
                        e.getMessage());
            } else {
                broken.accept(adapter, e);
            }
        } catch (RuntimeException | Error e) {
            log.error("Adapter {} could not be validated", adapter.name(), e);
        }
        pace.advanced(adapter.source().bytes());
    }

    /** Ends after the adapter that is being validated. */
    @Override
    public void close() {
        closed = true;
        pace.end();
        LookThread.awaitEnd(thread);
    }
}
