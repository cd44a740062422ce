package org.dlora.scheduling.rebalance;

import static java.util.Comparator.comparingDouble;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.LoraFacts;

/**
 * Forecast of when the requests of one replica end, if no further ones come. They decode in common
 * steps, whose time follows from the adapters present and from the merged one. So a request that
 * joins the others of a merged adapter makes all their steps slower, if its adapter is another one.
 *
 * <p>Requests wait for a place in the steps, and for the KV blocks of their end. The prompt of one
 * that begins delays all. KV that running requests will not find delays all by its swaps.
 */
final class LatencyForecast {
    private final ProblemIndex index;
    private final SiteCosts costs;
    private final Map<String, LoraFacts> loras;
    private final double promptRow;
    private final Deque<Queued> waiting = new ArrayDeque<>();
    private final PriorityQueue<Running> running =
            new PriorityQueue<>(comparingDouble(Running::endStep));
    private final Map<AdapterRef, Integer> rows = new HashMap<>();
    private long context;
    private long freeBlocks;
    private double steps;
    private double clock;
    private double sum;

    /**
     * A request that has no place.
     *
     * @param delay seconds of its move in which the others go on
     * @param work seconds of its move or its prompt in which the others do not
     */
    private record Queued(RequestLoad request, double delay, double work) {}

    private record Running(Queued request, double endStep) {}

    private LatencyForecast(
            ProblemIndex index, int j, List<Integer> requests, Map<String, LoraFacts> loras) {
        this.index = index;
        this.loras = loras;
        costs = index.site(j).costs();
        freeBlocks = index.site(j).kvBlocks();
        promptRow = costs.promptRow();
        requests.stream()
                .sorted(comparingDouble(i -> index.request(i).tokens().pending() > 0 ? 1 : 0))
                .map(i -> queued(i, j))
                .forEach(waiting::add);
    }

    /** Returns the seconds until the requests of all replicas end, summed over them. */
    static double seconds(RebalanceDraft draft) {
        var index = draft.index();
        var requests = new ArrayList<List<Integer>>();
        for (int j = 0; j < index.replicaCount(); j++) {
            requests.add(new ArrayList<>());
        }
        for (int i = 0; i < index.requestCount(); i++) {
            requests.get(draft.place(i)).add(i);
        }
        var loras = new HashMap<String, LoraFacts>();
        index.problem().adapters().forEach(adapter -> loras.put(adapter.id(), adapter.lora()));
        double sum = 0;
        for (int j = 0; j < requests.size(); j++) {
            sum += new LatencyForecast(index, j, requests.get(j), loras).run();
        }
        return sum;
    }

    private Queued queued(int i, int j) {
        var request = index.request(i);
        double prompt = request.tokens().pending() * promptRow;
        if (index.home(i) == j) {
            return new Queued(request, 0, prompt);
        }
        int k = index.adapterOf(i);
        double load = index.needsLoad(j, k) ? index.adapter(k).loadSeconds() : 0;
        var cost = request.cost();
        return cost.kind() == MoveKind.SEND
                ? new Queued(request, load + cost.send(), prompt)
                : new Queued(request, load, prompt + cost.recompute());
    }

    private double run() {
        admit();
        swap();
        while (!running.isEmpty()) {
            double step = costs.decodeStep(rows, this::lora, context);
            var next = running.remove();
            clock += (next.endStep - steps) * step;
            steps = next.endStep;
            end(next.request);
            admit();
        }
        return sum;
    }

    /** Delays all by the swaps of the blocks that running requests will lack. */
    private void swap() {
        clock += Math.max(0, -freeBlocks) * index.problem().swapSeconds();
    }

    private void admit() {
        while (!waiting.isEmpty() && hasRoom(waiting.getFirst().request)) {
            var next = waiting.removeFirst();
            var tokens = next.request.tokens();
            clock += next.work;
            rows.merge(next.request.adapter(), 1, Integer::sum);
            context += middle(tokens);
            freeBlocks -= next.request.endBlocks();
            running.add(new Running(next, steps + Math.max(1, tokens.left())));
        }
    }

    private boolean hasRoom(RequestLoad next) {
        boolean fits = next.endBlocks() <= freeBlocks || next.heldBlocks() > 0;
        return running.isEmpty() || (running.size() < costs.limits().maxBatch() && fits);
    }

    private void end(Queued ended) {
        sum += clock + ended.delay;
        rows.computeIfPresent(ended.request.adapter(), (_, count) -> count == 1 ? null : count - 1);
        context -= middle(ended.request.tokens());
        freeBlocks += ended.request.endBlocks();
    }

    /** Returns the positions of a request half way to its end. */
    private static long middle(RequestTokens tokens) {
        return tokens.context() + (long) (tokens.left() / 2);
    }

    private LoraFacts lora(AdapterRef adapter) {
        return adapter instanceof AdapterRef.Adapter(var id)
                ? loras.getOrDefault(id, LoraFacts.NONE)
                : LoraFacts.NONE;
    }
}
