package org.dlora.catalogue.served;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.groupingBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dlora.catalogue.served.AdapterReport.InMemory;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.cluster.residency.MemoryOutlook;
import org.dlora.cluster.residency.MemoryReport;
import org.dlora.cluster.residency.RegisteredSizes;
import org.dlora.device.MemoryLedger;
import org.jspecify.annotations.Nullable;

/** Residency of a cluster's adapters in all of its adapter memories. */
public final class ClusterResidency implements ResidencyService {
    private final Catalogue catalogue;
    private final List<AdapterMemory> memories;
    private final Map<String, MemoryLedger> machines;
    private final Supplier<List<BrokenAdapter>> broken;
    private final PinRecorder pins;

    /**
     * @param machines books of the whole memory of each device, by its name
     * @param broken lists the adapters that are not served because of their files
     */
    public ClusterResidency(
            Catalogue catalogue,
            List<AdapterMemory> memories,
            Map<String, MemoryLedger> machines,
            Supplier<List<BrokenAdapter>> broken,
            PinRecorder pins) {
        this.catalogue = catalogue;
        this.memories = List.copyOf(memories);
        this.machines = machines;
        this.broken = broken;
        this.pins = pins;
    }

    @Override
    public List<AdapterReport> reports() {
        var known = new ArrayList<MemoryWeights>();
        memories.forEach(memory -> known.add(MemoryWeights.of(memory)));
        return catalogue.adapters().stream()
                .map(adapter ->
                        new AdapterReport(
                                adapter,
                                known.stream().flatMap(one -> one.of(adapter).stream()).toList()))
                .toList();
    }

    /** The weights in one memory, by the name of their adapter. */
    private record MemoryWeights(
            String memory, List<String> replicas, Map<String, List<AdapterStatus>> byName) {
        static MemoryWeights of(AdapterMemory memory) {
            return new MemoryWeights(
                    memory.name(),
                    memory.replicaIds(),
                    memory.report().stream().collect(groupingBy(AdapterStatus::name)));
        }

        Optional<InMemory> of(ServedAdapter adapter) {
            return ClusterResidency.in(
                    memory, replicas, adapter, byName.getOrDefault(adapter.name(), List.of()));
        }
    }

    /** Returns the state of an adapter in a memory; empty if the memory does not know it. */
    private static Optional<InMemory> in(
            String memory,
            List<String> replicas,
            ServedAdapter adapter,
            List<AdapterStatus> weights) {
        var mainFirst =
                weights.stream()
                        .sorted(comparing(status -> !status.id().equals(adapter.id())))
                        .toList();
        return mainFirst.isEmpty()
                ? Optional.empty()
                : Optional.of(new InMemory(memory, replicas, mainFirst));
    }

    @Override
    public Optional<AdapterReport> report(String name) {
        var served = catalogue.entry(name);
        var main = served.flatMap(CatalogueEntry::main);
        return main.map(adapter -> {
            var ids = served.get().registrations().keySet();
            return new AdapterReport(
                    adapter,
                    memories.stream()
                            .flatMap(memory ->
                                    in(
                                            memory.name(),
                                            memory.replicaIds(),
                                            adapter,
                                            memory.report(name, ids))
                                            .stream())
                            .toList());
        });
    }

    @Override
    public List<MemoryContent> held() {
        return memories.stream()
                .map(memory -> new MemoryContent(memory.name(), memory.replicaIds(), memory.held()))
                .toList();
    }

    @Override
    public Map<String, RegisteredSizes> registered() {
        var sizes = new LinkedHashMap<String, RegisteredSizes>();
        memories.forEach(memory -> sizes.put(memory.name(), memory.sizes()));
        return sizes;
    }

    @Override
    public List<MemoryReport> memories() {
        var reports = new ArrayList<MemoryReport>();
        memories.forEach(memory -> reports.add(memory.memoryReport()));
        machines.forEach((name, books) -> {
            if (memories.stream().noneMatch(memory -> memory.name().equals(name))) {
                reports.add(MemoryReport.ofMachine(name, books));
            }
        });
        return reports;
    }

    @Override
    public List<MemoryOutlook> outlooks() {
        return memories.stream().map(AdapterMemory::outlook).toList();
    }

    @Override
    public List<BrokenAdapter> broken() {
        return broken.get();
    }

    @Override
    public void pin(String name, boolean pinned) {
        pins.record(name, pinned, () -> pinEverywhere(name, pinned));
    }

    private void pinEverywhere(String name, boolean pinned) {
        var undo = new ArrayList<Runnable>();
        try {
            for (var id : ids(name)) {
                for (var memory : memories) {
                    boolean before = memory.status(id).filter(AdapterStatus::pinned).isPresent();
                    pin(memory, id, pinned);
                    if (before != pinned) {
                        undo.add(() -> memory.pin(id, !pinned));
                    }
                }
            }
        } catch (IllegalArgumentException _) {
            throw new NoSuchAdapterException(name); // It has gone meanwhile.
        } catch (RuntimeException e) {
            undo.forEach(Runnable::run);
            throw e;
        }
    }

    private void pin(AdapterMemory memory, String id, boolean pinned) {
        try {
            memory.pin(id, pinned);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(named(memory, memories.size(), e.getMessage()), e);
        }
    }

    /** Returns words that name the memory if there are several. */
    private static String named(AdapterMemory memory, int memories, @Nullable String message) {
        return memories == 1
                ? String.valueOf(message)
                : "Memory %s: %s".formatted(memory.name(), message);
    }

    @Override
    public CompletableFuture<Void> load(String name) {
        var ids = ids(name);
        return each(name, "is loaded", memory -> all(ids, memory::loadByHand));
    }

    @Override
    public CompletableFuture<Void> evict(String name) {
        var ids = ids(name);
        return each(name, "is evicted", memory -> all(ids, memory::evictByHand));
    }

    private static CompletableFuture<Void> all(
            List<String> ids, Function<String, CompletableFuture<Void>> change) {
        return ids.size() == 1
                ? change.apply(ids.getFirst())
                : CompletableFuture.allOf(
                        ids.stream().map(change).toArray(CompletableFuture[]::new));
    }

    /** Returns the registrations that requests for the name get. */
    private List<String> ids(String name) {
        return catalogue
                .entry(name)
                .map(entry -> entry.routed().stream().map(ServedAdapter::id).toList())
                .filter(ids -> !ids.isEmpty())
                .orElseThrow(() -> new NoSuchAdapterException(name));
    }

    /**
     * Makes a change in every memory, also where another refuses.
     *
     * @param done state of the memories where the change succeeds
     */
    private CompletableFuture<Void> each(
            String name, String done, Function<AdapterMemory, CompletableFuture<Void>> change) {
        var begun = new LinkedHashMap<AdapterMemory, CompletableFuture<Void>>();
        boolean isRefused = false;
        for (var memory : memories) {
            try {
                begun.put(memory, change.apply(memory));
            } catch (IllegalArgumentException _) {
                throw new NoSuchAdapterException(name); // It has gone meanwhile.
            } catch (IllegalStateException e) {
                begun.put(memory, CompletableFuture.failedFuture(e));
                isRefused = true;
            }
        }
        if (isRefused) {
            throw failure(begun, done);
        }
        return CompletableFuture.allOf(begun.values().toArray(CompletableFuture[]::new))
                .exceptionally(_ -> {
                    throw failure(begun, done);
                });
    }

    /** Returns the failure of a change, which names the memories if there are several. */
    private static IllegalStateException failure(
            Map<AdapterMemory, CompletableFuture<Void>> changes, String done) {
        var failed = new ArrayList<String>();
        var others = new ArrayList<String>();
        changes.forEach((memory, change) -> {
            if (change.isCompletedExceptionally()) {
                failed.add(named(memory, changes.size(), change.exceptionNow().getMessage()));
            } else {
                others.add(memory.name());
            }
        });
        if (!others.isEmpty()) {
            failed.add("The adapter %s in %s".formatted(done, String.join(", ", others)));
        }
        return new IllegalStateException(String.join(". ", failed));
    }
}
