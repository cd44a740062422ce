package org.dlora.console.requests;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.console.page.LivePanel;
import org.dlora.operate.Administration;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Panel of one unfinished request. */
@Component
final class OpenRequestPanel implements LivePanel {
    private final Administration administration;

    OpenRequestPanel(Administration administration) {
        this.administration = administration;
    }

    @Override
    public String name() {
        return "request-open";
    }

    @Override
    public String template() {
        return "request";
    }

    /** Returns the request with its replica, as {@code open}; null if no replica has it. */
    @Override
    public Map<String, ? extends @Nullable Object> values(String subject) {
        var values = new HashMap<String, @Nullable Object>();
        values.put("open", find(subject).orElse(null));
        return values;
    }

    Optional<RunningPanel.Open> find(String id) {
        return administration
                .read(open -> open.replicas().replicas(), List.<ReplicaReport>of())
                .stream()
                .flatMap(report ->
                        report.requests().stream()
                                .filter(one -> one.id().equals(id))
                                .map(one -> new RunningPanel.Open(report.id(), one)))
                .findFirst();
    }
}
