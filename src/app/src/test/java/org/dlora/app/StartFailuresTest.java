package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** A start that fails says why in sentences and shows no stack trace. */
@ExtendWith(OutputCaptureExtension.class)
class StartFailuresTest {
    private static final Path MODEL = TestFiles.demo("model");

    @Test
    void aMissingModel(CapturedOutput output, @TempDir Path empty) {
        start("--dlora.model=" + empty);
        said(output, "The model cannot be served: config.json", "Point dlora.model at a folder");
        assertThat(output).doesNotContain("Netty started");
        endsWith(output, "or leave it out for the bundled demo.");
    }

    /** Issue 12: it was found when the server listened, and its reason was not the last line. */
    @ParameterizedTest
    @ValueSource(strings = {"config.json", "tokenizer.json", "model.safetensors"})
    void modelWithoutAFileIsRefusedBeforeTheServerListens(
            String missing, CapturedOutput output, @TempDir Path folder) throws IOException {
        for (var file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
            if (!file.equals(missing)) {
                Files.copy(MODEL.resolve(file), folder.resolve(file));
            }
        }
        start("--dlora.model=" + folder);
        said(output, "The model cannot be served: " + missing);
        assertThat(output).doesNotContain("Netty started");
        endsWith(output, "or leave it out for the bundled demo.");
    }

    @Test
    void theReasonIsTheLastLineWhereTheServerListensAlready(
            CapturedOutput output, @TempDir Path folder) throws IOException {
        for (var file : List.of("config.json", "model.safetensors")) {
            Files.copy(MODEL.resolve(file), folder.resolve(file));
        }
        Files.writeString(folder.resolve("tokenizer.json"), "{}");
        start("--dlora.model=" + folder);
        said(output, "Netty started", "The model cannot be served: tokenizer.json");
        endsWith(output, "or leave it out for the bundled demo.");
    }

    @Test
    void aMissingAdapterRoot(CapturedOutput output, @TempDir Path empty) {
        start("--dlora.adapters.roots=" + empty.resolve("nowhere"));
        said(output, "dlora.adapters.roots names " + empty.resolve("nowhere") + ", which does not");
    }

    @Test
    void pristineWeightsOfProcessorsInTheHostsMemory(CapturedOutput output) {
        start("--dlora.merge.pristine=host");
        said(output, "dlora.merge.pristine is host, but the replicas compute on cpu");
    }

    @Test
    void aDatabaseOfAnotherKind(CapturedOutput output) {
        start("--spring.datasource.url=jdbc:mysql://db/dlora?password=secret");
        said(output, "spring.datasource.url is 'jdbc:mysql://db/dlora': expected jdbc:postgresql:");
        assertThat(output).doesNotContain("secret");
    }

    @Test
    void anIdentityProviderWithoutAClient(CapturedOutput output) {
        start("--spring.security.oauth2.client.registration.company.client-secret=secret");
        said(output, "spring.security.oauth2.client: Client id of registration 'company'");
        assertThat(output).doesNotContain("=secret");
    }

    @Test
    void aHistoryThatIsKeptForNoTime(CapturedOutput output) {
        start("--dlora.history.keep=0");
        said(output, "expected times above 0, such as 30d.");
    }

    @Test
    void aBrokenManifestIsRefusedBeforeTheServerListens(CapturedOutput output, @TempDir Path folder)
            throws IOException {
        var file = Files.writeString(folder.resolve("manifest.yml"), "base: other\nadapters: []\n");
        start("--dlora.adapters.manifest=" + file);
        said(
                output,
                "dlora.adapters.manifest: %s is refused. Correct it, or take the setting away."
                        .formatted(file),
                "line 1: the manifest is for the base model 'other', but 'dlora-demo' is served");
        assertThat(output).doesNotContain("Netty started");
    }

    @Test
    void aManifestThatIsNotThere(CapturedOutput output, @TempDir Path folder) {
        start("--dlora.adapters.manifest=" + folder.resolve("none.yml"));
        said(output, folder.resolve("none.yml") + " does not exist");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ftp://h/x      | whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | url is no URL of a webhook",
                "https://u:p@h/ | whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | url is no URL of a webhook",
                "https://h/x    | hush                                   | secret is malformed: expected whsec_ and 24 to 64",
                "https://h/x    | whsec_aHVzaA==                         | secret is malformed: expected whsec_ and 24 to 64",
                "https://h/x    | ''                                     | has no secret: set secret, or secret-file"
            })
    void aMalformedWebhook(String url, String secret, String why, CapturedOutput output) {
        run(
                "--server.port=0",
                "--dlora.webhooks[0].url=" + url,
                "--dlora.webhooks[0].secret=" + secret);
        said(output, "dlora.webhooks[0]", why);
        assertThat(output).doesNotContain("hush", "aHVzaA", "MfKQ9r8G", "u:p@");
    }

    @Test
    void aWebhookOfAnUnknownKind(CapturedOutput output) {
        run(
                "--server.port=0",
                "--dlora.webhooks[0].url=https://h/x",
                "--dlora.webhooks[0].secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "--dlora.webhooks[0].events=adapter_lost");
        said(
                output,
                "dlora.webhooks[0].events has 'adapter_lost': expected some of acquisition_failed, adapter_evicted");
    }

    @Test
    void anUnknownSetting(CapturedOutput output) {
        start("--dlora.modle=/models/x");
        said(
                output,
                "There is no such setting: dlora.modle",
                "application.yml lists every setting");
    }

    @Test
    void aValueOutOfRange(CapturedOutput output) {
        start("--dlora.max-batch=0");
        said(
                output,
                "dlora.max-batch is 0 (\"dlora.max-batch\" from property source",
                "); expected a whole number from 1 to 4096.",
                "application.yml explains every setting");
    }

    @Test
    void severalValuesOutOfRange(CapturedOutput output) {
        run("--server.port=0", "--dlora.max-queue=0", "--dlora.replicas[0].threads=-1");
        said(
                output,
                "dlora.max-queue is 0 (",
                "); expected a whole number of at least 1.",
                "dlora.replicas[0].threads is -1 (",
                "); expected a whole number from 0 to 1024.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"much", "0", "-2GB"})
    void aMemoryThatIsNoSizeIsRefusedBeforeTheServerListens(String memory, CapturedOutput output) {
        start("--dlora.memory=" + memory);
        said(output, "dlora.memory is '" + memory + "': expected auto or an amount above 0");
        assertThat(output).doesNotContain("Netty started");
    }

    @Test
    void moreSequencesThanRows(CapturedOutput output) {
        start("--dlora.max-batch=513");
        said(
                output,
                "dlora.max-batch is 513, but dlora.max-batch-tokens is 512: each sequence of a step needs a row",
                "Set dlora.max-batch to at most dlora.max-batch-tokens.");
    }

    @Test
    void aWatchdogWhoseMaximumIsBelowItsMinimum(CapturedOutput output) {
        start("--dlora.watchdog.maximum=20s");
        said(
                output,
                "dlora.watchdog.maximum is 20.0 s, but dlora.watchdog.minimum is 30.0 s: set maximum to at least minimum.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    dlora.policy=dlora-papr             | dlora.policy is dlora-papr | one of unmerged, merged, dlora-paper, dlora;
                    dlora.dispatch.policy=least         | dlora.dispatch.policy is least | one of predicted-finish, least-loaded;
                    dlora.placement.enabled=maybe       | dlora.placement.enabled is maybe | true or false
                    dlora.replicas[0].device=gpu        | (dlora.replicas) is 'gpu'  | expected cpu, or cuda:0
                    dlora.cpu.native=maybe              | dlora.cpu.native is maybe  | one of auto, off, avx512, avx512-bf16, amx;
                    dlora.adapters.runtime-updates=some | runtime-updates is some    | one of auto, true, false;
                    dlora.slo.tpot=fast                 | dlora.slo.tpot is fast     | a time such as 50ms
                    dlora.kv-cache.size=much            | dlora.kv-cache.size is much | a size such as 512MB
                    dlora.prefix-cache=maybe            | dlora.prefix-cache is maybe | true or false
                    dlora.prefix-cache-shared=all       | dlora.prefix-cache-shared is all | one of team, server
                    dlora.max-batch=many                | dlora.max-batch is many    | a whole number
                    dlora.merge.share=half              | dlora.merge.share is half  | a number
                    """)
    void aValueThatCannotBeRead(
            String setting, String given, String expected, CapturedOutput output) {
        start("--" + setting);
        said(output, given, expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    dlora.shares[0].weight=0 | dlora.shares[0].weight is 0 ( | expected a number from 0.01 to 100.
                    dlora.merge.share=1.5    | dlora.merge.share is 1.5 (    | expected a number above 0 and below 1.
                    dlora.merge.max-mixed-noise=-1 | dlora.merge.max-mixed-noise is -1 ( | expected a number of at least 0.
                    dlora.slo.tpot=-5ms      | dlora.slo.tpot is -5ms (      | expected a time of 0 or more.
                    dlora.merge.keep=-1s     | dlora.merge.keep is -1s (     | expected a time of 0 or more.
                    dlora.http.ping=1ms      | dlora.http.ping is 1ms (      | expected a time of at least 100ms.
                    dlora.max-batch-tokens=0 | dlora.max-batch-tokens is 0 ( | expected a whole number from 1 to 65536.
                    dlora.max-model-len=-1   | dlora.max-model-len is -1 (   | expected a whole number of at least 0.
                    """)
    void aValueOutOfItsLimitsIsNamedWithThem(
            String setting, String given, String expected, CapturedOutput output) {
        start("--" + setting);
        said(output, given, expected);
    }

    @Test
    void anInvalidPort(CapturedOutput output) {
        run("--server.port=99999");
        said(output, "server.port is 99999; expected a port from 1 to 65535, or 0");
    }

    @Test
    void brokenYaml(CapturedOutput output, @TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("application.yml"), "dlora:\n  model: a: b\n");
        start("--spring.config.additional-location=file:" + folder + "/");
        said(
                output,
                "Your application.yml is not valid YAML: line 2, column 11: mapping values are not"
                        + " allowed here.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    dlora: {modle: x}                         | dlora.modle
                    dlora: {model: [x]}                       | dlora.model[0]
                    dlora: {max-batch: [32]}                  | dlora.max-batch[0]
                    dlora: {kv-cache: 2GB}                    | dlora.kv-cache
                    dlora: {cpu: off}                         | dlora.cpu
                    dlora: {adapters: [/a, /b]}               | dlora.adapters[0]
                    dlora: {adapters: {roots: {a: /a}}}       | dlora.adapters.roots.a
                    dlora: {adapters: {roots: [[/a]]}}        | dlora.adapters.roots[0][0]
                    dlora: {replicas: [{thread: 2}]}          | dlora.replicas[0].thread
                    dlora: {replicas: {device: cpu}}          | dlora.replicas.device
                    dlora: off                                | dlora
                    [{dlora: {max-batch: 3}}]                 | document[0].dlora.max-batch
                    max-batch = 3                             | document
                    """)
    void aFileWhoseSettingsHaveTheWrongShape(
            String yaml, String setting, CapturedOutput output, @TempDir Path folder)
            throws IOException {
        Files.writeString(folder.resolve("application.yml"), yaml);
        start("--spring.config.additional-location=file:" + folder + "/");
        said(output, "There is no such setting: " + setting + " (", "application.yml] - 1:");
    }

    @Test
    void anOpenAddress(CapturedOutput output) {
        start("--server.address=0.0.0.0");
        said(output, "server.address is 0.0.0.0: whoever reaches it could use the model");
    }

    @Test
    void aLengthBeyondTheModel(CapturedOutput output) {
        start("--dlora.max-model-len=5000");
        said(
                output,
                "dlora.max-model-len is 5000, but the model's max_position_embeddings is 1024.");
        endsWith(output, "max_position_embeddings is 1024.");
    }

    private static void start(String argument) {
        run("--server.port=0", argument);
    }

    private static void run(String... arguments) {
        var application = new SpringApplicationBuilder(DloraApplication.class);
        assertThat(catchThrowable(() -> application.run(arguments).close())).isNotNull();
    }

    private static void endsWith(CapturedOutput output, String line) {
        assertThat(output.toString().stripTrailing()).endsWith(line);
    }

    private static void said(CapturedOutput output, String... sentences) {
        assertThat(output).contains(sentences).doesNotContain("\tat ").doesNotContain("Exception");
    }
}
