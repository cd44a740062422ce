package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.api.web.ApiException;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Statuses of requests that failed while they ran. */
class FailedRequestTest {
    @ParameterizedTest
    @CsvSource({
        "NO_TOKEN_POSSIBLE, 400",
        "LOGITS_NOT_FINITE, 500",
        "REPLICA_FAULT, 500",
        "NO_ROOM, 503",
        "ADAPTER_UNAVAILABLE, 503",
    })
    void parametersThatLeaveNoTokenAreTheClientsError(FailureCode code, int status) {
        var answer = ApiException.failed(new Failed(code, "It failed."));

        assertThat(answer.status().value()).isEqualTo(status);
        assertThat(answer.getMessage()).isEqualTo("It failed.");
    }
}
