package org.dlora.cluster.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.dlora.cluster.replicas.ReplicaPool;
import org.dlora.cluster.replicas.SharedCosts;
import org.dlora.cluster.requests.AnswerLengths;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.requests.LiveRequests;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.PrefixHash;
import org.dlora.scheduling.dispatch.AdapterPresence;
import org.dlora.scheduling.dispatch.DispatchDecision;
import org.dlora.scheduling.dispatch.DispatchRequest;
import org.dlora.scheduling.dispatch.DispatchRule;
import org.dlora.scheduling.dispatch.PrefixDirectory;
import org.dlora.scheduling.dispatch.PromptBlocks;
import org.dlora.scheduling.dispatch.ReplicaOutlook;
import org.dlora.scheduling.dispatch.ReplicaWork;

/**
 * The replicas of the cluster as new requests find them, from which a {@link DispatchRule} chooses.
 * It remembers which prompts each replica got. Thread-safe.
 */
public final class ReplicaOutlooks {
    /** KV blocks of prompts that are remembered for each replica. */
    private static final int PREFIX_BLOCKS = 16_384;

    private final ReplicaPool pool;
    private final AnswerLengths lengths;
    private final WorkTable table;
    private final DispatchRule rule;
    private final PrefixDirectory prefixes = new PrefixDirectory(PREFIX_BLOCKS);
    private final long seed = ThreadLocalRandom.current().nextLong();

    /**
     * @param rule of the choices
     */
    public ReplicaOutlooks(
            ReplicaPool pool, LiveRequests requests, AnswerLengths lengths, DispatchRule rule) {
        this.pool = pool;
        this.lengths = lengths;
        this.rule = rule;
        table = new WorkTable(requests, lengths);
    }

    /** Returns the choice for a request among replicas that take requests. */
    DispatchDecision choose(LiveRequest live, List<ReplicaRef> replicas) {
        var request = live.request();
        var work = table.without(live);
        var blocks = blocks(request);
        var costs = new SharedCosts(pool);
        var outlooks = new ArrayList<ReplicaOutlook>();
        for (var replica : replicas) {
            var figures = replica.figures();
            outlooks.add(
                    work.getOrDefault(replica, new ReplicaWork())
                            .outlook(
                                    replica.load(),
                                    costs.of(figures),
                                    figures.limits(),
                                    figures.mode(),
                                    replica::lora,
                                    presence(replica, request.adapter()),
                                    cached(replica, blocks)));
        }
        var wanted =
                new DispatchRequest(
                        request.adapter(),
                        lora(request.adapter()),
                        request.prompt().length,
                        Math.max(1, lengths.mean(request)),
                        request.exact());
        return rule.choose(wanted, outlooks);
    }

    /** Notes that a request is expected to go to a replica. */
    void expected(LiveRequest live, ReplicaRef replica) {
        table.sent(live, replica, !live.request().adapter().isBase());
    }

    /** Notes that a replica gets the request, and will have its prompt cached. */
    void sent(LiveRequest live, ReplicaRef replica) {
        var blocks = blocks(live.request());
        synchronized (prefixes) {
            prefixes.sent(replica.id(), blocks);
        }
    }

    /** Forgets the prompts that a replica got, whose cache is empty now. */
    public void forget(ReplicaRef replica) {
        synchronized (prefixes) {
            prefixes.forget(replica.id());
        }
    }

    private PromptBlocks blocks(GenerationRequest request) {
        var adapter = request.adapter() instanceof AdapterRef.Adapter(var id) ? id : "";
        long root = PrefixHash.root(seed, adapter, request.prefixOwner().id());
        return PromptBlocks.of(root, request.prompt(), KvBlocks.TOKENS);
    }

    private int cached(ReplicaRef replica, PromptBlocks blocks) {
        synchronized (prefixes) {
            return prefixes.cachedTokens(replica.id(), blocks);
        }
    }

    private AdapterPresence presence(ReplicaRef replica, AdapterRef adapter) {
        return adapter instanceof AdapterRef.Adapter(var id)
                ? pool.memory(replica).presence(id)
                : new AdapterPresence.Resident();
    }

    private LoraFacts lora(AdapterRef adapter) {
        return adapter instanceof AdapterRef.Adapter(var id)
                ? pool.all().stream()
                        .map(replica -> replica.lora(id))
                        .filter(lora -> !lora.equals(LoraFacts.NONE))
                        .findFirst()
                        .orElse(LoraFacts.NONE)
                : LoraFacts.NONE;
    }
}
