package org.dlora.replica;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.TeamRef;

/** Requests and replicas for tests, drawn. */
final class RandomRequests {
    static final Map<String, LoraFacts> ADAPTERS =
            Map.of(
                    "ant", new LoraFacts(8, 100, 100, 100),
                    "bee", new LoraFacts(16, 200, 100, 200),
                    "cat", new LoraFacts(64, 800, 100, 800));

    private static final List<TeamRef> TEAMS =
            List.of(TeamRef.NONE, new TeamRef("red"), new TeamRef("blue"));

    private static final List<PrefixOwner> OWNERS =
            List.of(PrefixOwner.SHARED, PrefixOwner.ofTeam("red"));

    private RandomRequests() {}

    /** Draws the sizes of a replica. */
    static ReplicaShape shape(Random random, int minBlocks) {
        int blocks = minBlocks + random.nextInt(12);
        var limits = new StepLimits(1 + random.nextInt(8), 1 + random.nextInt(60), KvBlocks.TOKENS);
        return shape(limits, blocks);
    }

    /** Draws the sizes of a replica with few blocks, so that sequences are preempted. */
    static ReplicaShape tightShape(Random random) {
        var limits = new StepLimits(2 + random.nextInt(6), 1 + random.nextInt(60), KvBlocks.TOKENS);
        return shape(limits, 5 + random.nextInt(3));
    }

    static ReplicaShape shape(StepLimits limits, int blocks) {
        return new ReplicaShape(
                "r",
                limits,
                blocks,
                MAX_LENGTH,
                HashModel.VOCAB,
                true,
                Set.of(HashModel.END),
                blocks);
    }

    /** Tokens of prompt and output together, at most. */
    static final int MAX_LENGTH = 80;

    static GenerationRequest greedy(String id, AdapterRef adapter, int promptTokens, int outputs) {
        var stop = new StopConditions(outputs, 0, true, Set.of(), List.of(), false);
        return new GenerationRequest(
                id,
                adapter,
                new Random(promptTokens).ints(promptTokens, 0, HashModel.VOCAB).toArray(),
                SamplingParams.GREEDY.withSeed(0),
                stop,
                -1,
                -1,
                true);
    }

    static GenerationRequest exact(String id, GenerationRequest like) {
        return new GenerationRequest(
                id,
                like.adapter(),
                like.prompt(),
                like.sampling(),
                like.stop(),
                like.logprobs(),
                like.promptLogprobs(),
                true,
                true,
                false);
    }

    /** Draws a request of any kind; half of the prompts begin as others do. */
    static GenerationRequest any(String id, Random random) {
        var names = List.copyOf(ADAPTERS.keySet());
        int adapter = random.nextInt(names.size() + 1);
        return new GenerationRequest(
                        id,
                        adapter == names.size()
                                ? AdapterRef.base()
                                : AdapterRef.of(names.get(adapter)),
                        prompt(random, 1 + random.nextInt(40)),
                        sampling(random).withSeed(random.nextLong()),
                        stop(random),
                        random.nextInt(3) - 1,
                        random.nextInt(5) == 0 ? 1 : -1,
                        true,
                        random.nextInt(4) == 0,
                        false,
                        false,
                        TEAMS.get(Math.floorMod(id.hashCode(), TEAMS.size())),
                        null)
                .withPrefixOwner(OWNERS.get(Math.floorMod(id.hashCode(), OWNERS.size())));
    }

    private static StopConditions stop(Random random) {
        return new StopConditions(
                1 + random.nextInt(30),
                random.nextInt(4) == 0 ? random.nextInt(6) : 0,
                random.nextBoolean(),
                random.nextInt(4) == 0 ? Set.of(7, 11) : Set.of(),
                random.nextInt(2) == 0 ? List.of("abab", "bb ", "ca") : List.of(),
                random.nextBoolean());
    }

    private static SamplingParams sampling(Random random) {
        return random.nextBoolean()
                ? SamplingParams.GREEDY
                : new SamplingParams(
                        0.8, 0.9, 20, 0, 0, 0.2, 1, Map.of(3, 1.5), OptionalLong.empty());
    }

    private static int[] prompt(Random random, int tokens) {
        var prompt = random.ints(tokens, 0, HashModel.VOCAB).toArray();
        int alike = random.nextBoolean() ? random.nextInt(tokens + 1) : 0;
        for (int i = 0; i < alike; i++) {
            prompt[i] = i % 7;
        }
        return prompt;
    }
}
