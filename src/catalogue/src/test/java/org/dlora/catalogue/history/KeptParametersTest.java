package org.dlora.catalogue.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KeptParametersTest {
    private static final ConstraintDefinition SECRET = new ConstraintDefinition.Regex("secret");

    private static RequestParameters parameters(
            Set<Integer> allowed, List<String> stops, @Nullable ConstraintDefinition constraint) {
        var sampling =
                new SamplingParams(1, 1, 0, 0, 0, 0, 1, Map.of(), allowed, OptionalLong.of(5));
        return new RequestParameters(
                sampling,
                new StopConditions(9, 0, false, Set.of(), stops, false),
                -1,
                true,
                false,
                constraint);
    }

    @Test
    void textsOfClientsAreKeptAsHashAndLengthWhereTextsAreNot() {
        var all = parameters(Set.of(), List.of("private"), SECRET);
        var json = KeptParameters.json(all, false);
        assertThat(json)
                .doesNotContain("private", "\"secret\"")
                .contains("\"max_tokens\":9", "\"stop\":[]")
                .contains(
                        "\"stop\":{\"sha256\":\"%s\",\"length\":11}"
                                .formatted(TextHash.of("[\"private\"]")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RequestParameters.parse(json, 5L))
                .withMessageContaining("its parameters stop, constraint are not kept");
        assertThat(RequestParameters.parse(KeptParameters.json(all, true), 5L)).isEqualTo(all);
    }

    @Test
    void parametersWithoutTextsAreKeptWhole() {
        var all = parameters(Set.of(3), List.of(), new ConstraintDefinition.JsonObject());
        assertThat(RequestParameters.parse(KeptParameters.json(all, false), 5L)).isEqualTo(all);
    }

    @Test
    void noParametersAreLongerThanTheBound() {
        var tokens = IntStream.range(0, 50_000).boxed().collect(Collectors.toSet());
        var all =
                parameters(
                        tokens,
                        List.of("end"),
                        new ConstraintDefinition.Regex("a".repeat(200_000)));
        var json = KeptParameters.json(all, true);
        assertThat(json.length()).isLessThan(KeptParameters.MOST);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RequestParameters.parse(json, 5L))
                .withMessageContaining("stop, constraint, allowed_token_ids");
    }
}
