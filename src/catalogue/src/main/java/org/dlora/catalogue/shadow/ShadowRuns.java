package org.dlora.catalogue.shadow;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.catalogue.accounts.TokenAccounts;
import org.dlora.catalogue.accounts.TokenAccounts.Work;
import org.dlora.catalogue.accounts.TokensRefusedException;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.facts.ShadowFacts;
import org.dlora.cluster.facts.ShadowOutcome;
import org.dlora.cluster.facts.ShadowTotals;
import org.dlora.cluster.replicas.ReplicaPool;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.requests.LiveRequests;
import org.dlora.cluster.requests.RequestShadows;
import org.dlora.cluster.requests.ShadowRequest;
import org.dlora.cluster.residency.AdapterClient;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.AdapterUse;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.AdapterRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starter of shadows. A shadow runs on the replica of the client's request, so that both share the
 * base pass of its steps. It starts only if its adapter is resident there, and the batch, the rows
 * of a step and the KV cache have room for all of it; else it is dropped and counted. A prompt that
 * does not fit into a step beside the client's starts after that. Thread-safe.
 */
public final class ShadowRuns implements RequestShadows {
    private static final Logger log = LoggerFactory.getLogger(ShadowRuns.class);
    private static final int MOST_TOTALS = 10_000;

    /** Output tokens for which a shadow must find room. */
    private static final int ROOM_TOKENS = 256;

    private final ReplicaPool pool;
    private final LiveRequests requests;
    private final Catalogue catalogue;
    private final RequestObserver observer;
    private final Set<ShadowRun> open = ConcurrentHashMap.newKeySet();
    private final Map<List<String>, ShadowTotals> totals = new LinkedHashMap<>();
    private volatile TokenAccounts accounts = TokenAccounts.FREE;

    /**
     * @param requests of clients
     * @param catalogue knows who ordered a shadow
     * @param observer is told of each run's outcome
     */
    public ShadowRuns(
            ReplicaPool pool,
            LiveRequests requests,
            Catalogue catalogue,
            RequestObserver observer) {
        this.catalogue = catalogue;
        this.pool = pool;
        this.requests = requests;
        this.observer = observer;
    }

    /** Has shadows paid by {@code paying} from now on. */
    public void chargeTo(TokenAccounts paying) {
        accounts = paying;
    }

    @Override
    public Shadow prepare(String request, ShadowRequest wanted) {
        return new ShadowRun(
                request, wanted, this::begin, this::ended, open::remove, this::isInTheWay);
    }

    private void ended(ShadowFacts facts) {
        synchronized (totals) {
            var key = List.of(facts.adapter(), facts.alias());
            var known = totals.get(key);
            if (known == null || known.number() != facts.number()) {
                totals.remove(key);
                if (totals.size() >= MOST_TOTALS) {
                    totals.remove(totals.keySet().iterator().next());
                }
                known = ShadowTotals.none(facts.number());
            }
            totals.put(key, known.plus(facts));
        }
        observer.shadowed(facts);
    }

    /**
     * Returns the sums over an alias's last shadow; empty if none has run.
     *
     * @param alias empty for the adapter's name alone
     */
    public Optional<ShadowTotals> totals(String adapter, String alias) {
        synchronized (totals) {
            return Optional.ofNullable(totals.get(List.of(adapter, alias)));
        }
    }

    private void begin(ShadowRun run, GenerationRequest client, @Nullable ReplicaRef replica) {
        try {
            var id = run.wanted().choice().served().id();
            var chosen = replica == null && run.hasClientEnded() ? any(id) : replica;
            if (chosen == null) {
                run.drop(ShadowOutcome.WAITING);
                return;
            }
            if (!leaveRoom(run, chosen)
                    && run.startOnceClientRuns(() -> begin(run, client, owner(client)))) {
                return;
            }
            start(run, request(run, client, id), chosen);
        } catch (RuntimeException e) {
            log.debug("The shadow of request {} is dropped", client.id(), e);
            run.drop(ShadowOutcome.FAILED);
        }
    }

    private @Nullable ReplicaRef owner(GenerationRequest client) {
        return requests.find(client.id()).map(LiveRequest::owner).orElse(null);
    }

    private boolean leaveRoom(ShadowRun run, ReplicaRef replica) {
        return OtherRows.of(replica, requests, open, run)
                .leaveRoom(run.nextRows(), replica.figures().limits());
    }

    /** Returns whether the prefill of a run takes rows or a place from others. */
    private boolean isInTheWay(ShadowRun run) {
        var replica = run.replica();
        if (replica == null) {
            return false;
        }
        var load = replica.load();
        boolean isFull = load.running() + load.waiting() > replica.figures().limits().maxBatch();
        return isFull || !leaveRoom(run, replica);
    }

    @Override
    public void arrived(ReplicaRef replica) {
        for (var run : open) {
            if (run.isOn(replica)) {
                run.giveWay();
            }
        }
    }

    private @Nullable ReplicaRef any(String id) {
        return pool.accepting(pool.all(), Set.of()).stream()
                .filter(replica -> pool.memory(replica).isResident(id))
                .findFirst()
                .orElse(null);
    }

    private static GenerationRequest request(ShadowRun run, GenerationRequest client, String id) {
        return new GenerationRequest(
                        run.id(),
                        AdapterRef.of(id),
                        run.wanted().prompt(),
                        client.sampling(),
                        client.stop(),
                        client.logprobs() < 0 ? -1 : 0,
                        -1,
                        client.skipSpecialTokens(),
                        client.exact(),
                        client.continuesPrompt(),
                        true,
                        client.team(),
                        client.constraint())
                .withPrefixOwner(client.prefixOwner());
    }

    private void start(ShadowRun run, GenerationRequest request, ReplicaRef replica) {
        var memory = pool.memory(replica);
        var id = request.adapter().toString();
        if (!memory.isResident(id)) {
            load(memory, id);
            run.drop(ShadowOutcome.NOT_RESIDENT);
        } else if (!hasRoom(replica, request) || !leaveRoom(run, replica)) {
            run.drop(ShadowOutcome.NO_ROOM);
        } else if (!run.isClosed() && pays(run, request)) {
            memory.admit(client(run, request, replica));
        }
    }

    /** Reserves a shadow's tokens with whoever ordered it; returns false if it was refused. */
    private boolean pays(ShadowRun run, GenerationRequest request) {
        long tokens = (long) request.prompt().length + request.stop().maxTokens();
        try {
            catalogue
                    .shadowOwner(run.wanted().choice().adapter(), run.wanted().alias())
                    .ifPresent(owner -> run.paidFrom(accounts.reserve(owner, Work.BESIDE, tokens)));
            return true;
        } catch (TokensRefusedException e) {
            log.debug("The shadow of a request is not run: {}", e.getMessage());
            run.drop(ShadowOutcome.OVER_LIMIT);
            return false;
        }
    }

    /** Loads a shadow's adapter for the requests to come. */
    private static void load(AdapterMemory memory, String id) {
        var _ =
                memory.makeResident(id)
                        .exceptionally(e -> {
                            log.debug("The adapter {} of a shadow is not loaded", id, e);
                            return null;
                        });
    }

    /**
     * Returns whether a request finds a place beside all others, and half of the free blocks hold
     * its prompt and the first tokens of its answer.
     */
    private static boolean hasRoom(ReplicaRef replica, GenerationRequest request) {
        var load = replica.load();
        var limits = replica.figures().limits();
        int tokens = request.prompt().length + Math.min(ROOM_TOKENS, request.stop().maxTokens());
        return load.running() + load.waiting() < limits.maxBatch()
                && limits.blocksFor(tokens) <= load.freeBlocks() / 2;
    }

    /** Returns the number of shadows that replicas have. */
    public int open() {
        return open.size();
    }

    @Override
    public int waiting() {
        return (int) open.stream().filter(ShadowRun::isWaiting).count();
    }

    @Override
    public void lost(ReplicaRef replica) {
        open.forEach(run -> run.lost(replica));
    }

    private AdapterClient client(ShadowRun run, GenerationRequest request, ReplicaRef replica) {
        return new AdapterClient() {
            @Override
            public GenerationRequest request() {
                return request;
            }

            @Override
            public void granted(AdapterUse use) {
                run.runsOn(replica, use);
                open.add(run);
                try {
                    replica.submit(request, run);
                    if (run.isClosed()) { // The client ended before this could be cancelled.
                        replica.cancel(run.id());
                    }
                } catch (RuntimeException | Error e) {
                    run.runsOn(replica, AdapterUse.NONE); // The memory takes the use back.
                    open.remove(run);
                    run.settle();
                    throw e;
                }
            }

            @Override
            public void failed(Failed event) {
                run.drop(ShadowOutcome.FAILED);
            }

            @Override
            public void cancelled() {
                run.drop(ShadowOutcome.FAILED);
            }
        };
    }
}
