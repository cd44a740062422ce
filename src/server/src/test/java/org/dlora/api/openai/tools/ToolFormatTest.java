package org.dlora.api.openai.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ToolFormatTest {
    private static final Path MODELS = TestFiles.golden("models");

    @ParameterizedTest
    @CsvSource({"llama-gqa, LLAMA3_JSON, false", "qwen3, HERMES, true"})
    void publishedTemplatesSayTheFormat(String model, ToolFormat format, boolean thinks)
            throws IOException {
        var template = Files.readString(MODELS.resolve(model).resolve("chat_template.jinja"));
        assertThat(ToolFormat.inTemplate(template)).contains(format);
        assertThat(Thinking.isInTemplate(template)).isEqualTo(thinks);
    }

    @Test
    void theFormatIsWhatTheTemplateAsksFor() {
        assertThat(ToolFormat.inTemplate("{% for t in tools %}[TOOL_CALLS]{% endfor %}"))
                .contains(ToolFormat.MISTRAL);
        assertThat(
                        ToolFormat.inTemplate(
                                "{% if tools %}<tool_call>\n<function=example>\n<parameter=p>"))
                .contains(ToolFormat.QWEN3_CODER);
        assertThat(ToolFormat.inTemplate("{% if tools %}[func_name1(params_name1=params_value1)]"))
                .contains(ToolFormat.PYTHONIC);
        assertThat(ToolFormat.inTemplate("{{ tools }}")).isEmpty();
        assertThat(ToolFormat.inTemplate("<tool_call> in an example")).isEmpty();
        assertThat(
                        ToolFormat.inTemplate(
                                "{% for c in message.tool_calls %}<tool_call>{{ c }}</tool_call>{% endfor %}"))
                .contains(ToolFormat.HERMES);
    }

    @Test
    void labelsAreVllmsNames() {
        assertThat(ToolFormat.of("llama3_json")).contains(ToolFormat.LLAMA3_JSON);
        assertThat(ToolFormat.of("deepseek_v3")).isEmpty();
    }
}
