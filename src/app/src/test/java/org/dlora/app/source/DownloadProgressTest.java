package org.dlora.app.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.dlora.catalogue.source.fetch.Transfer;
import org.dlora.catalogue.source.hub.HubReference;
import org.junit.jupiter.api.Test;

class DownloadProgressTest {
    private static final HubReference MODEL = HubReference.parse("hf:org/name");

    @Test
    void drawsABarOnOneLineUpToTheEnd() {
        var out = new ByteArrayOutputStream();
        var progress =
                new DownloadProgress(
                        MODEL,
                        new PrintStream(out, true, UTF_8),
                        Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
        var transfer = new Transfer(() -> {}, progress);
        transfer.add(0);
        assertThat(out.size()).isZero();
        transfer.expect(200_000_000);
        transfer.add(50_000_000);
        transfer.add(50_000_000);
        assertThat(out.toString(UTF_8))
                .isEqualTo(
                        "\rhf:org/name [##########..............................]  25 % of 200 MB");
        transfer.add(100_000_000);
        assertThat(out.toString(UTF_8))
                .endsWith(
                        "\rhf:org/name [########################################] 100 % of 200 MB"
                                + System.lineSeparator());
    }
}
