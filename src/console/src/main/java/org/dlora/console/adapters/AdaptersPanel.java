package org.dlora.console.adapters;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.MemoryContent;
import org.dlora.catalogue.source.Acquisition;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.console.page.LivePanel;
import org.dlora.operate.Administration;
import org.dlora.operate.adapters.AcquisitionCommands;
import org.dlora.scheduling.residency.Residence;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Figures over all adapters, those that have work now, and jobs that acquire adapters. */
@Component
final class AdaptersPanel implements LivePanel {
    private static final int MOST_BUSY = 8;
    private static final int MOST_JOBS = 5;

    private final Administration administration;
    private final AdapterListing rows;
    private final AdapterRates rates;
    private final AcquisitionCommands acquisitions;

    AdaptersPanel(
            Administration administration,
            AdapterListing rows,
            AdapterRates rates,
            AcquisitionCommands acquisitions) {
        this.administration = administration;
        this.rows = rows;
        this.rates = rates;
        this.acquisitions = acquisitions;
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
        return values(Access.OPEN);
    }

    /** Returns the values. Their cost is that of the adapters that have work or take memory. */
    Map<String, @Nullable Object> values(Access access) {
        var held = held();
        var rated = rates.all();
        var merged = AdapterListing.merged(administration);
        var values = new HashMap<String, @Nullable Object>();
        values.put("count", administration.models().adapters().size());
        values.put("resident", resident(held, administration.models().catalogue()));
        values.put("merged", merged.size());
        values.put("rate", rated.values().stream().mapToDouble(Double::doubleValue).sum());
        values.put("running", held.stream().mapToInt(AdapterStatus::running).sum());
        values.put("waiting", held.stream().mapToInt(AdapterStatus::waiting).sum());
        values.put("broken", administration.read(open -> open.residency().broken(), List.of()));
        values.put("busy", busy(access, held, rated, merged));
        values.put("jobs", jobs(access));
        return values;
    }

    private List<AdapterStatus> held() {
        return administration
                .read(open -> open.residency().held(), List.<MemoryContent>of())
                .stream()
                .flatMap(memory -> memory.weights().stream())
                .toList();
    }

    private static long resident(List<AdapterStatus> held, Catalogue catalogue) {
        return held.stream()
                .filter(weights -> weights.residence() == Residence.RESIDENT)
                .map(AdapterStatus::name)
                .distinct()
                .filter(name -> catalogue.find(name).isPresent())
                .count();
    }

    private List<BusyRow> busy(
            Access access,
            List<AdapterStatus> held,
            Map<String, Double> rated,
            Map<String, List<String>> merged) {
        var work =
                held.stream()
                        .filter(weights -> weights.running() + weights.waiting() > 0)
                        .collect(Collectors.groupingBy(AdapterStatus::name));
        var names = new HashSet<String>(rated.keySet());
        names.addAll(merged.keySet());
        names.addAll(work.keySet());
        return names.stream()
                .sorted(
                        Comparator.comparingDouble((String name) -> rated.getOrDefault(name, 0.0))
                                .reversed()
                                .thenComparing(Comparator.naturalOrder()))
                .flatMap(name ->
                        rows.find(access, name, merged.getOrDefault(name, List.of())).stream())
                .limit(MOST_BUSY)
                .map(row -> busy(row, work.getOrDefault(row.name(), List.of())))
                .toList();
    }

    private static BusyRow busy(ListedAdapter row, List<AdapterStatus> work) {
        return new BusyRow(
                row,
                work.stream().mapToInt(AdapterStatus::running).sum(),
                work.stream().mapToInt(AdapterStatus::waiting).sum());
    }

    private List<Acquisition> jobs(Access access) {
        return administration.allowsAcquisitions()
                ? acquisitions.jobs(access).stream().limit(MOST_JOBS).toList()
                : List.of();
    }
}
