package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dlora.model.tokenizer.TokenStream;
import org.dlora.model.tokenizer.Tokenizer;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

/** Text completions of a model whose tokens mark words by a space in front. */
class GoldenContinuationTest {

    @Test
    void theTextOfAnAnswerFollowsThePromptsAsInTheTextOfBoth() throws Exception {
        var settings =
                new ReplicaSettings(
                        "golden", new StepLimits(16, 96, 16), 200, DType.F32, 256, true);
        int spaces = 0;
        try (var golden = new GoldenModel("mistral");
                var tokenizer = Tokenizer.open(GoldenModel.ROOT.resolve("models/mistral"));
                var replica = golden.replica(settings, new SimpleMeterRegistry())) {
            replica.start();
            for (var row :
                    GoldenReplicaTest.cases(GoldenModel.ROOT, "mistral", golden.adapterNames())) {
                var request = Requests.continuing(GoldenReplicaTest.request(row, true));
                var recording = new Recording();
                replica.submit(request, recording);
                recording.await();
                var both = tokenizer.stream(true);
                var before = text(both, IntStream.of(request.prompt()));
                var after = text(both, recording.tokens().stream().mapToInt(Integer::intValue));
                assertThat(recording.text()).as(before).isEqualTo(after);
                var alone = row.get("text").stringValue();
                spaces += recording.text().equals(" " + alone) ? 1 : 0;
            }
        }
        assertThat(spaces).isPositive();
    }

    private static String text(TokenStream stream, IntStream tokens) {
        return tokens.mapToObj(stream::next).collect(Collectors.joining());
    }
}
