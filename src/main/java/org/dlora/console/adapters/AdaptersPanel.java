package org.dlora.console.adapters;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.api.admin.AcquisitionBody;
import org.dlora.api.admin.AcquisitionOrders;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.cluster.adapters.ResidencyService;
import org.dlora.console.page.LivePanel;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Figures over all adapters, those that have work now, and jobs that acquire adapters. */
@Component
final class AdaptersPanel implements LivePanel {
    private static final int MOST_BUSY = 8;
    private static final int MOST_JOBS = 5;

    private final Serving serving;
    private final AdapterRows rows;
    private final AcquisitionOrders orders;

    AdaptersPanel(Serving serving, AdapterRows rows, AcquisitionOrders orders) {
        this.serving = serving;
        this.rows = rows;
        this.orders = orders;
    }

    @Override
    public String name() {
        return "adapters-now";
    }

    @Override
    public String template() {
        return "adapters";
    }

    @Override
    public Map<String, ? extends @Nullable Object> values(String subject) {
        var served = serving.require();
        return values(served, rows.all(served));
    }

    Map<String, @Nullable Object> values(Served served, List<AdapterRow> all) {
        var values = new HashMap<String, @Nullable Object>();
        values.put("count", all.size());
        values.put("resident", all.stream().filter(row -> !row.resident().isEmpty()).count());
        values.put("merged", all.stream().filter(row -> !row.merged().isEmpty()).count());
        values.put("rate", all.stream().mapToDouble(AdapterRow::rate).sum());
        values.put("running", all.stream().mapToInt(AdapterRow::running).sum());
        values.put("waiting", all.stream().mapToInt(AdapterRow::waiting).sum());
        values.put("broken", served.residency().map(ResidencyService::broken).orElse(List.of()));
        values.put(
                "busy",
                all.stream()
                        .filter(row ->
                                row.running() + row.waiting() > 0
                                        || row.rate() > 0
                                        || !row.merged().isEmpty())
                        .sorted(
                                Comparator.comparingDouble(AdapterRow::rate)
                                        .reversed()
                                        .thenComparing(AdapterRow::name))
                        .limit(MOST_BUSY)
                        .toList());
        values.put("jobs", jobs(served));
        return values;
    }

    private List<AcquisitionBody> jobs(Served served) {
        return served.acquisitions().isEmpty()
                ? List.of()
                : orders.jobs(served).stream().limit(MOST_JOBS).map(AcquisitionBody::of).toList();
    }
}
