package org.dlora.scheduling.cost;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.StepShape.Group;

/**
 * The shapes of a server's steps: some requests in flight, each followed by another one when it is
 * done, of several adapters; decodes first, then prompts in chunks.
 */
final class ServedLoad {
    private static final int ROWS = 512;
    private static final int PROMPT = 128;
    private static final double SPREAD = 0.6;
    private static final int OUTPUTS = 64;

    private final Random random;
    private final List<LoraFacts> adapters;
    private final List<Request> running = new ArrayList<>();

    private static final class Request {
        private final int adapter;
        private final int prompt;
        private int computed;

        Request(int adapter, int prompt) {
            this.adapter = adapter;
            this.prompt = prompt;
        }

        boolean isDone() {
            return computed >= prompt + OUTPUTS - 1;
        }
    }

    ServedLoad(Random random, int inFlight, List<LoraFacts> adapters) {
        this.random = random;
        this.adapters = adapters;
        for (int i = 0; i < inFlight; i++) {
            running.add(request());
        }
    }

    private Request request() {
        double prompt = PROMPT * Math.exp(SPREAD * random.nextGaussian() - SPREAD * SPREAD / 2);
        return new Request(random.nextInt(adapters.size()), Math.clamp((long) prompt, 2, 1500));
    }

    StepShape next() {
        var rows = new TreeMap<Integer, Integer>();
        int decodes = 0;
        long context = 0;
        for (var request : running) {
            if (request.computed >= request.prompt) {
                decodes++;
                context += ++request.computed;
                rows.merge(request.adapter, 1, Integer::sum);
            }
        }
        int prefills = 0;
        long prefillContext = 0;
        for (var request : running) {
            int chunk = Math.min(ROWS - decodes - prefills, request.prompt - request.computed);
            if (chunk > 0) {
                prefillContext += (long) chunk * request.computed + chunk * (chunk + 1L) / 2;
                prefills += chunk;
                request.computed += chunk;
                rows.merge(request.adapter, chunk, Integer::sum);
            }
        }
        running.replaceAll(request -> request.isDone() ? request() : request);
        var groups = new ArrayList<Group>();
        rows.forEach((adapter, count) -> groups.add(new Group(adapters.get(adapter), count)));
        return new StepShape(prefills, decodes, context, prefillContext, groups);
    }
}
