package org.dlora.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * The calls of vLLM's page "LoRA Adapters", as they stand there but for the port and the folders of
 * adapters.
 *
 * @see <a href="https://docs.vllm.ai/en/latest/features/lora.html">LoRA Adapters</a>
 */
@TestInstance(Lifecycle.PER_CLASS)
class VllmCurlIT {
    private static final Path DEMO = TestFiles.demo();

    private static final String LOAD =
            """
            curl -X POST http://localhost:8000/v1/load_lora_adapter \\
            -H "Content-Type: application/json" \\
            -d '{
                "lora_name": "sql_adapter",
                "lora_path": "/path/to/sql-lora-adapter"
            }'
            """;

    private static final String UNLOAD =
            """
            curl -X POST http://localhost:8000/v1/unload_lora_adapter \\
            -H "Content-Type: application/json" \\
            -d '{
                "lora_name": "sql_adapter"
            }'
            """;

    private static final String COMPLETE =
            """
            curl http://localhost:8000/v1/completions \\
                -H "Content-Type: application/json" \\
                -d '{
                    "model": "sql_adapter",
                    "prompt": "San Francisco is a",
                    "max_tokens": 7,
                    "temperature": 0
                }'
            """;

    private static final String MODELS = "curl localhost:8000/v1/models";

    private Path folder;
    private RunningServer server;

    @BeforeAll
    void start(@TempDir Path roots) throws IOException {
        folder = roots;
        copy("upper", "sql-lora-adapter");
        copy("rot13", "adapter-v2");
        server = RunningServer.start(DEMO.resolve("model"), roots);
    }

    private void copy(String adapter, String to) throws IOException {
        var target = Files.createDirectories(folder.resolve(to));
        try (var files = Files.list(DEMO.resolve("adapters").resolve(adapter))) {
            for (var file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void documentedCallsLoadAndUnloadAnAdapter() throws Exception {
        assertThat(run(LOAD)).isEqualTo("Success: LoRA adapter 'sql_adapter' added successfully.");
        assertThat(run(MODELS)).contains("\"id\":\"sql_adapter\"");
        assertThat(run(COMPLETE))
                .contains("\"object\":\"text_completion\"", "\"model\":\"sql_adapter\"");
        assertThat(run(LOAD)).contains("\"error\"", "sql_adapter");

        var inPlace =
                LOAD.replace(
                        "/path/to/sql-lora-adapter\"",
                        "/path/to/adapter-v2\",\n\"load_inplace\": true");
        assertThat(run(inPlace))
                .isEqualTo("Success: LoRA adapter 'sql_adapter' added successfully.");

        assertThat(run(UNLOAD))
                .isEqualTo("Success: LoRA adapter 'sql_adapter' removed successfully.");
        assertThat(run(MODELS)).doesNotContain("sql_adapter");
        assertThat(run(UNLOAD)).contains("\"error\"", "cannot be found");
        assertThat(run(LOAD.replace("sql-lora-adapter", "no-such-adapter"))).contains("\"error\"");
    }

    /** Runs a line in a shell, and returns what curl prints. */
    private String run(String line) throws Exception {
        var here =
                line.replace(":8000", server.url().substring(server.url().lastIndexOf(':')))
                        .replace("/path/to", folder.toString())
                        .replaceFirst("^curl", "curl --silent --show-error");
        var process = new ProcessBuilder("sh", "-c", here).redirectErrorStream(true).start();
        var said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }
}
