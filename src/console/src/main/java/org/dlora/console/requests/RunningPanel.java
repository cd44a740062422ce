package org.dlora.console.requests;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaReport.OpenRequest;
import org.dlora.console.page.LivePanel;
import org.dlora.operate.Administration;
import org.springframework.stereotype.Component;

/** Panel of the unfinished requests, the oldest first. */
@Component
final class RunningPanel implements LivePanel {
    private static final int SHOWN = 15;

    private final Administration administration;

    RunningPanel(Administration administration) {
        this.administration = administration;
    }

    /** An unfinished request on its replica. */
    public record Open(String replica, OpenRequest request) {}

    @Override
    public String name() {
        return "requests-running";
    }

    @Override
    public String template() {
        return "requests";
    }

    @Override
    public Map<String, ?> values(String subject) {
        var open =
                administration
                        .read(one -> one.replicas().replicas(), List.<ReplicaReport>of())
                        .stream()
                        .flatMap(report -> open(report).stream())
                        .sorted(
                                Comparator.comparingDouble((Open one) -> one.request.age())
                                        .reversed())
                        .toList();
        var load = administration.generation().load();
        return Map.of(
                "open", open.subList(0, Math.min(SHOWN, open.size())),
                "more", Math.max(0, open.size() - SHOWN),
                "runningCount", load.running(),
                "waitingCount", load.waiting());
    }

    private static List<Open> open(ReplicaReport report) {
        return report.requests().stream().map(one -> new Open(report.id(), one)).toList();
    }
}
