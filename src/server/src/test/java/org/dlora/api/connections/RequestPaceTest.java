package org.dlora.api.connections;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Tests of the pace below which a client is too slow, at times that the test chooses. */
class RequestPaceTest {
    private static final ConnectionSettings SETTINGS =
            new ConnectionSettings(1, 1, seconds(300), seconds(15), seconds(30), seconds(60));

    private final RequestPace pace = new RequestPace(SETTINGS, 0);

    private static Duration seconds(int seconds) {
        return Duration.ofSeconds(seconds);
    }

    private static long at(double seconds) {
        return (long) (seconds * 1e9);
    }

    @Test
    void aConnectionWithoutARequestIsIdle() {
        assertThat(pace.isIdle()).isTrue();
        assertThat(pace.verdict(at(299.9))).isNull();
        assertThat(pace.verdict(at(300))).isEqualTo(EndCause.IDLE);
    }

    @Test
    void theTimeOfHeadersBeginsWithTheFirstByteAndMoreBytesDoNotExtendIt() {
        pace.bytes(at(100));
        pace.bytes(at(110));
        assertThat(pace.verdict(at(114.9))).isNull();
        assertThat(pace.verdict(at(115))).isEqualTo(EndCause.SLOW_HEAD);
    }

    @Test
    void aBodyWithoutBytesIsSlow() {
        pace.bytes(0);
        pace.head(BodyKind.OTHER, at(1));
        pace.body(1_000_000, at(2));
        assertThat(pace.verdict(at(31.9))).isNull();
        assertThat(pace.verdict(at(32))).isEqualTo(EndCause.SLOW_BODY);
    }

    @Test
    void aBodyHasASecondMoreForEach500Bytes() {
        pace.head(BodyKind.OTHER, 0);
        for (int second = 1; second < 50; second++) {
            pace.body(250, at(second));
            assertThat(pace.verdict(at(second))).as("after %d s", second).isNull();
        }
        // 49 times 250 bytes are 24.5 s, beside the first 30.
        pace.body(1, at(54));
        assertThat(pace.verdict(at(54.4))).isNull();
        assertThat(pace.verdict(at(54.6))).isEqualTo(EndCause.SLOW_BODY);
    }

    @Test
    void anUploadThatIsFastEnoughMayTakeHours() {
        pace.head(BodyKind.OTHER, 0);
        for (int second = 1; second < 10_000; second++) {
            pace.body(600, at(second));
            assertThat(pace.verdict(at(second + 0.9))).isNull();
        }
    }

    /** Uploads take places and room on the disk, so slow ones end earlier than other bodies. */
    @Test
    void anUploadThatTricklesIsCutOff() {
        pace.head(BodyKind.UPLOAD, 0);
        for (int second = 1; second < 300; second++) {
            pace.body(16 << 10, at(second));
            assertThat(pace.verdict(at(second + 0.9))).isNull();
        }
        pace.head(BodyKind.UPLOAD, at(1000));
        for (int second = 1; second < 30; second++) {
            pace.body(600, at(1000 + second));
        }
        assertThat(pace.verdict(at(1030))).isNull();
        assertThat(pace.verdict(at(1032))).isEqualTo(EndCause.SLOW_BODY);
    }

    @Test
    void aRequestThatRunsIsNeitherIdleNorSlow() {
        pace.head(BodyKind.OTHER, 0);
        pace.whole(0);
        assertThat(pace.isIdle()).isFalse();
        assertThat(pace.verdict(at(100_000))).isNull();
        pace.answered(at(100_000));
        assertThat(pace.isIdle()).isTrue();
        assertThat(pace.verdict(at(100_299))).isNull();
        assertThat(pace.verdict(at(100_300))).isEqualTo(EndCause.IDLE);
    }

    @Test
    void anAnswerBeforeTheEndOfTheBodyDoesNotEndTheRequest() {
        pace.head(BodyKind.OTHER, 0);
        pace.answered(at(1));
        assertThat(pace.isIdle()).isFalse();
        assertThat(pace.verdict(at(30))).isEqualTo(EndCause.SLOW_BODY);
        pace.whole(at(30));
        assertThat(pace.isIdle()).isTrue();
    }

    @Test
    void pipelinedRequestsAreCounted() {
        pace.head(BodyKind.OTHER, 0);
        pace.whole(0);
        pace.head(BodyKind.OTHER, 0);
        pace.whole(0);
        pace.answered(at(1));
        assertThat(pace.isIdle()).isFalse();
        pace.answered(at(2));
        assertThat(pace.isIdle()).isTrue();
    }

    @Test
    void timeInWhichTheServerDoesNotReadDoesNotCount() {
        pace.head(BodyKind.OTHER, 0);
        pace.body(10, at(1));
        pace.held(at(100));
        assertThat(pace.verdict(at(129))).isNull();
        assertThat(pace.verdict(at(130))).isEqualTo(EndCause.SLOW_BODY);
    }

    @Test
    void betweenRequestsTheServerReadsByTurns() {
        pace.bytes(0);
        pace.held(at(14));
        assertThat(pace.verdict(at(15))).isEqualTo(EndCause.SLOW_HEAD);
    }

    @Test
    void zeroIsNoBound() {
        var free =
                new RequestPace(
                        new ConnectionSettings(
                                1, 1, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO),
                        0);
        assertThat(free.verdict(at(1e9))).isNull();
        free.bytes(0);
        assertThat(free.verdict(at(1e9))).isNull();
        free.head(BodyKind.OTHER, 0);
        assertThat(free.verdict(at(1e9))).isNull();
    }

    @Test
    void looksFourTimesInTheShortestTime() {
        assertThat(SETTINGS.look()).isEqualTo(seconds(1));
        var fast =
                new ConnectionSettings(
                        1, 1, Duration.ZERO, Duration.ofMillis(400), seconds(9), seconds(9));
        assertThat(fast.look()).isEqualTo(Duration.ofMillis(100));
    }
}
