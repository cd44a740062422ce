package org.dlora.console.capacity;

import static java.util.stream.Collectors.toMap;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.cluster.adapters.AdapterReport;
import org.dlora.cluster.adapters.ResidencyService;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.cluster.residency.MemoryOutlook;
import org.dlora.console.page.LivePanel;
import org.jspecify.annotations.Nullable;

/** Live figures of the memories. */
final class CapacityPanel implements LivePanel {
    static final String TEMPLATE = "capacity";

    private final Serving serving;

    CapacityPanel(Serving serving) {
        this.serving = serving;
    }

    @Override
    public String name() {
        return "capacity";
    }

    @Override
    public String template() {
        return TEMPLATE;
    }

    @Override
    public String fragment() {
        return "memories";
    }

    @Override
    public Map<String, ? extends @Nullable Object> values(String subject) {
        var served = serving.require();
        var values = new HashMap<String, @Nullable Object>();
        values.put("memories", served.residency().map(all -> memories(all, served)).orElse(null));
        return values;
    }

    private static List<MemoryCapacity> memories(ResidencyService residency, Served served) {
        var reports = residency.reports();
        var outlooks =
                residency.outlooks().stream()
                        .collect(toMap(MemoryOutlook::memory, outlook -> outlook));
        var names =
                served.models().adapters().stream()
                        .collect(toMap(ServedAdapter::id, ServedAdapter::name));
        UnaryOperator<String> name = id -> names.getOrDefault(id, id);
        return residency.memories().stream()
                .map(report ->
                        MemoryCapacity.of(
                                report,
                                in(report.name(), reports),
                                outlooks.get(report.name()),
                                name))
                .toList();
    }

    private static List<AdapterStatus> in(String memory, List<AdapterReport> reports) {
        return reports.stream()
                .flatMap(report -> report.memories().stream())
                .filter(at -> at.memory().equals(memory))
                .map(AdapterReport.InMemory::status)
                .toList();
    }
}
