package org.dlora.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import org.dlora.template.sandbox.TemplateException;

/** A template of a few words, rendered without variables. */
final class SmallTemplate {
    private SmallTemplate() {}

    static String rendered(String source) {
        return ChatTemplate.parse(source).render(Map.of(), ReferenceRows.CLOCK);
    }

    /** Returns what {@code {{ expression }}} prints. */
    static String printed(String expression) {
        return rendered("{{ " + expression + " }}");
    }

    static TemplateException failure(String source) {
        var failure = catchThrowableOfType(TemplateException.class, () -> rendered(source));
        assertThat(failure).as(source).isNotNull();
        return failure;
    }

    static TemplateException failureOf(String expression) {
        return failure("{{ " + expression + " }}");
    }
}
