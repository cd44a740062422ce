package org.dlora.cluster;

import java.util.List;
import org.dlora.cluster.requests.Submission;

/** Generation for tests that submit nothing: it is ready, and refuses all calls. */
public class IdleService implements GenerationService {
    private final ClusterLoad load;

    /** One replica without requests. */
    public IdleService() {
        this(new ClusterLoad(0, 0, 1, 1, List.of(), List.of()));
    }

    public IdleService(ClusterLoad load) {
        this.load = load;
    }

    @Override
    public void submit(List<Submission> call) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void cancel(String requestId) {}

    @Override
    public ClusterLoad load() {
        return load;
    }

    @Override
    public boolean isServing() {
        return true;
    }
}
