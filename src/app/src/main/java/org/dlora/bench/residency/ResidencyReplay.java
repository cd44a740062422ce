package org.dlora.bench.residency;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.dlora.scheduling.residency.AdapterStanding;
import org.dlora.scheduling.residency.ArrivalRate;
import org.dlora.scheduling.residency.CostAwareResidency;
import org.dlora.scheduling.residency.Residence;
import org.dlora.scheduling.residency.ResidencyPlan;
import org.dlora.scheduling.residency.ResidencySettings;
import org.dlora.scheduling.residency.ResidencySnapshot;

/**
 * The rule that the server uses. Each request ends before the next one comes, and a load takes no
 * time, as in the other rules. What loads would take counts in the value of an adapter.
 */
public final class ResidencyReplay implements Replay {
    /** Bytes per second of a load, as the policy is told. */
    private static final double LOAD_RATE = 100e6;

    private final ResidencySettings settings;

    /**
     * @param halfLife requests after which an earlier one counts half in an adapter's demand
     */
    public ResidencyReplay(double halfLife) {
        var defaults = ResidencySettings.DEFAULT;
        settings = new ResidencySettings(defaults.maxLoads(), defaults.maxWait(), halfLife);
    }

    @Override
    public ReplayResult run(AdapterTrace trace) {
        var memory = new ReplayedMemory(trace);
        for (int i = 0; i < trace.requests().length; i++) {
            memory.serve(i);
        }
        return memory.result();
    }

    /** The memory during a replay. */
    private final class ReplayedMemory {
        private final CostAwareResidency policy = new CostAwareResidency();
        private final AdapterTrace trace;
        private final String[] ids;
        private final ArrivalRate[] rates;
        private final double[] since;
        private final Set<Integer> resident = new TreeSet<>();
        private long free;
        private double now;
        private long loaded;
        private int hits;
        private int evictions;

        ReplayedMemory(AdapterTrace trace) {
            this.trace = trace;
            int count = trace.bytes().length;
            ids = new String[count];
            Arrays.setAll(ids, Integer::toString);
            rates = new ArrivalRate[count];
            Arrays.fill(rates, ArrivalRate.NONE);
            since = new double[count];
            free = trace.budget();
        }

        void serve(int request) {
            int adapter = trace.requests()[request];
            now = Math.max(now, trace.times()[request]);
            rates[adapter] = rates[adapter].arrived(request, settings.demandHalfLife());
            if (resident.contains(adapter)) {
                hits++;
                return;
            }
            while (!resident.contains(adapter)) {
                var snapshot = snapshot(request);
                var plan = policy.plan(snapshot);
                if (!plan.impossible().isEmpty()) {
                    return;
                }
                take(plan);
                if (plan.isEmpty()) {
                    now = policy.nextChange(snapshot);
                }
            }
        }

        private void take(ResidencyPlan plan) {
            for (var id : plan.evict()) {
                int victim = Integer.parseInt(id);
                resident.remove(victim);
                free += trace.bytes()[victim];
                evictions++;
            }
            for (var id : plan.load()) {
                int adapter = Integer.parseInt(id);
                resident.add(adapter);
                since[adapter] = now;
                free -= trace.bytes()[adapter];
                loaded += trace.bytes()[adapter];
            }
        }

        private ResidencySnapshot snapshot(int request) {
            List<AdapterStanding> adapters = new ArrayList<>();
            resident.forEach(one -> adapters.add(standing(one, Residence.RESIDENT, request)));
            adapters.add(standing(trace.requests()[request], Residence.ABSENT, request));
            return new ResidencySnapshot(now, free, adapters, settings);
        }

        private AdapterStanding standing(int adapter, Residence residence, int request) {
            boolean waits = residence == Residence.ABSENT;
            long bytes = trace.bytes()[adapter];
            return new AdapterStanding(
                    ids[adapter],
                    bytes,
                    bytes / LOAD_RATE,
                    residence,
                    since[adapter],
                    false,
                    0,
                    waits ? 1 : 0,
                    waits ? trace.times()[request] : Double.POSITIVE_INFINITY,
                    rates[adapter].perUnit(request, settings.demandHalfLife()));
        }

        ReplayResult result() {
            return new ReplayResult("dlora", trace.requests().length, hits, evictions, loaded);
        }
    }
}
