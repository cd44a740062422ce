package org.dlora.api.openai.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.dlora.api.web.ApiException;
import org.junit.jupiter.api.Test;

/** The end of a prompt whose last message stays open, as transformers has it. */
class OpenEndedPromptTest {
    private static String render(String last, UnaryOperator<String> template) {
        return OpenEndedPrompt.render(
                List.of(
                        Map.of("role", "user", "content", last),
                        Map.of("role", "assistant", "content", last)),
                messages ->
                        "<u>%s</u><a>%s</a>"
                                .formatted(
                                        template.apply(text(messages.getFirst())),
                                        template.apply(text(messages.getLast()))));
    }

    private static String text(Map<String, Object> message) {
        return String.valueOf(message.get("content"));
    }

    @Test
    void spacesStayWhereTheTemplateKeepsThem() {
        assertThat(render(" so, ", text -> text)).isEqualTo("<u> so, </u><a> so, ");
        assertThat(render("", text -> text)).isEqualTo("<u></u><a>");
    }

    @Test
    void spacesGoWhereTheTemplateStripsTexts() {
        assertThat(render(" so, ", String::strip)).isEqualTo("<u>so,</u><a>so,");
    }

    @Test
    void aTemplateThatDropsTheTextIsRefused() {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> render("so", text -> "-"))
                .withMessageContaining("The last message cannot be continued");
    }
}
