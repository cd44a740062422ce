package org.dlora.cluster.supervision;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.testing.TestFiles;

/**
 * Base model and adapters of a {@link SupervisedServer}.
 *
 * @param folder of the base model
 * @param root of the folders of adapters
 * @param adapters names of their folders, which they are served under
 * @param tokens of each answer
 */
record SupervisedModel(Path folder, Path root, List<String> adapters, int tokens) {
    private static final Path GOLDEN = TestFiles.golden();

    static final SupervisedModel TINY =
            new SupervisedModel(
                    GOLDEN.resolve("models/qwen3"),
                    GOLDEN.resolve("adapters/qwen3"),
                    List.of("r8-all", "dora"),
                    40);

    /**
     * Returns a request of the base model or of an adapter, in turn; its content follows from
     * {@code number}.
     */
    GenerationRequest request(String id, int number) {
        return request(id, number, tokens);
    }

    GenerationRequest request(String id, int number, int tokens) {
        int turn = number % (1 + adapters.size());
        return new GenerationRequest(
                id,
                turn == 0 ? AdapterRef.base() : AdapterRef.of(adapters.get(turn - 1)),
                new Random(number).ints(18, 0, 60).toArray(),
                SamplingParams.GREEDY,
                new StopConditions(tokens, 0, true, Set.of(), List.of(), false),
                1,
                -1,
                true);
    }
}
