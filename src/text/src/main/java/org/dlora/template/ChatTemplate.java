package org.dlora.template;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.dlora.template.run.ContextCopier;
import org.dlora.template.run.GlobalScope;
import org.dlora.template.run.Interpreter;
import org.dlora.template.run.VariableScope;
import org.dlora.template.sandbox.OutputBuffer;
import org.dlora.template.sandbox.Sandbox;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.syntax.StatementParser;
import org.dlora.template.syntax.Stmt;
import org.dlora.template.value.Rendering;

/**
 * A parsed chat template. Immutable and safe for use by many threads.
 *
 * <p>The language is that of {@code transformers.utils.chat_template_utils}: jinja2's immutable
 * sandbox with {@code trim_blocks}, {@code lstrip_blocks}, loop controls and the {@code generation}
 * tag. Its functions include {@code raise_exception}, {@code strftime_now} and a {@code tojson}
 * without HTML and ASCII escapes.
 *
 * <p>The following is left out, and using it is a {@link TemplateException}: template inheritance
 * and inclusion, recursive loops, tuples as mapping keys, and marked-up ("safe") text. So are the
 * filters {@code filesizeformat}, {@code pprint}, {@code random}, {@code striptags}, {@code
 * urlize}, {@code wordwrap} and {@code xmlattr}. Iterators such as the result of {@code map} are
 * computed when made, not when read.
 */
public final class ChatTemplate {

    private final List<Stmt> statements;

    private ChatTemplate(List<Stmt> statements) {
        this.statements = statements;
    }

    /**
     * Parses a template.
     *
     * @param source at most 512 Ki characters
     * @throws TemplateException of kind SYNTAX or LIMIT, with the line
     */
    public static ChatTemplate parse(String source) {
        if (source.length() > Sandbox.MAX_SOURCE) {
            throw TemplateException.limit(
                    "the template has "
                            + source.length()
                            + " characters, at most "
                            + Sandbox.MAX_SOURCE
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
     * @param clock read by {@code strftime_now}
     * @return at most 16 Mi characters
     * @throws TemplateException when the template fails or exceeds a bound; {@link
     *     TemplateException#raisedByTemplate()} tells the template's own refusals
     */
    public String render(Map<String, ?> context, Clock clock) {
        var rendering = new Rendering(clock);
        try {
            var scope = new VariableScope(GlobalScope.of(rendering));
            context.forEach((name, value) -> scope.set(name, ContextCopier.copy(value)));
            var out = new OutputBuffer(rendering.budget());
            new Interpreter(rendering).run(statements, scope, out);
            return out.toString();
        } catch (StackOverflowError e) {
            throw stackTooSmall();
        }
    }

    /**
     * Returns the exception for a stack that overflowed. The bounds on nesting suit stacks from 512
     * KiB; on a thread with less the stack itself is the bound.
     */
    private static TemplateException stackTooSmall() {
        return TemplateException.limit("nested too deeply for the stack of this thread");
    }
}
