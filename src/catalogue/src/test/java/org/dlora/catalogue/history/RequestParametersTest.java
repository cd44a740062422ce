package org.dlora.catalogue.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestParametersTest {
    private static final StopConditions STOP =
            new StopConditions(
                    9,
                    2,
                    true,
                    Set.of(3, 70_000),
                    List.of("\u0000\"end\\", "Ärger\uD83D\uDE00"),
                    true);

    @Property(tries = 200)
    void parametersAreReadAsTheyWereWritten(
            @ForAll @DoubleRange(max = 2) double temperature,
            @ForAll @DoubleRange(max = 1) double topP,
            @ForAll int topK,
            @ForAll @DoubleRange(min = -100, max = 100) double bias,
            @ForAll long seed) {
        var sampling =
                new SamplingParams(
                        temperature,
                        topP,
                        topK,
                        0.1,
                        -0.7,
                        1e-9,
                        1.1,
                        Map.of(0, bias, 65_535, -bias),
                        OptionalLong.of(seed));
        var parameters = new RequestParameters(sampling, STOP, 5, false, true);
        assertThat(RequestParameters.parse(parameters.json(), seed)).isEqualTo(parameters);
    }

    @Test
    void allowedTokensAreKept() {
        var sampling =
                new SamplingParams(
                        1, 1, 0, 0, 0, 0, 1, Map.of(), Set.of(3, 70_000), OptionalLong.of(5));
        var parameters = new RequestParameters(sampling, STOP, 5, false, true);
        assertThat(RequestParameters.parse(parameters.json(), 5L)).isEqualTo(parameters);
    }

    @Test
    void aSeedThatIsNotKnownIsEmpty() {
        var parameters =
                new RequestParameters(
                        SamplingParams.GREEDY, StopConditions.after(5), -1, true, false);
        assertThat(RequestParameters.parse(parameters.json(), null)).isEqualTo(parameters);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "[", "{\"logit_bias\": {\"x\": 1}}", "null", "3"})
    void otherObjectsAreRefusedInWords(String json) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RequestParameters.parse(json, 1L))
                .withMessageStartingWith("the kept parameters cannot be read: ");
    }
}
