package org.dlora.template;

import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * A parsed chat template. Immutable and safe for use by many threads.
 *
 * <p>The language is that of {@code transformers.utils.chat_template_utils}: jinja2's immutable
 * sandbox with {@code trim_blocks}, {@code lstrip_blocks}, loop controls, {@code raise_exception},
 * {@code strftime_now}, a {@code tojson} without HTML and ASCII escapes, and the {@code generation}
 * tag. Left out are template inheritance and inclusion, recursive loops, tuples as mapping keys,
 * marked-up ("safe") text, and the filters {@code filesizeformat}, {@code pprint}, {@code random},
 * {@code striptags}, {@code urlize}, {@code wordwrap} and {@code xmlattr}; using them is a {@link
 * TemplateException}. Iterators such as the result of {@code map} are computed when made, not when
 * read.
 */
public final class ChatTemplate {

    private final List<Stmt> statements;

    private ChatTemplate(List<Stmt> statements) {
        this.statements = statements;
    }

    /**
     * Reads a template.
     *
     * @param source at most 512 Ki characters
     * @throws TemplateException of kind SYNTAX or LIMIT, with the line
     */
    public static ChatTemplate parse(String source) {
        if (source.length() > Limits.SOURCE) {
            throw TemplateException.limit(
                    "the template has "
                            + source.length()
                            + " characters, at most "
                            + Limits.SOURCE
                            + " are read");
        }
        try {
            return new ChatTemplate(StatementParser.parse(source));
        } catch (StackOverflowError e) {
            throw stackTooSmall();
        }
    }

    /**
     * Renders a conversation.
     *
     * @param context the variables ({@code messages}, {@code tools}, {@code add_generation_prompt},
     *     ...): null, Boolean, Number, String, and Lists and Maps of these; a null is Python's
     *     {@code None}, an absent variable is undefined
     * @param clock what {@code strftime_now} reads
     * @return at most 16 Mi characters
     * @throws TemplateException when the template fails or exceeds a bound; {@link
     *     TemplateException#raisedByTemplate()} tells the template's own refusals
     */
    public String render(Map<String, ?> context, Clock clock) {
        var rendering = new Rendering(clock);
        try {
            var scope = new Scope(Globals.scope(rendering));
            context.forEach((name, value) -> scope.set(name, ContextValues.copy(value)));
            var out = new Output(rendering.budget());
            new Interpreter(rendering).run(statements, scope, out);
            return out.toString();
        } catch (StackOverflowError e) {
            throw stackTooSmall();
        }
    }

    /**
     * The bounds on nesting suit stacks from 512 KiB; on a thread with less the stack itself is the
     * bound.
     */
    private static TemplateException stackTooSmall() {
        return TemplateException.limit("nested too deeply for the stack of this thread");
    }
}
