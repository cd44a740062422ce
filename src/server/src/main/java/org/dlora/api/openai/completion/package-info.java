/** Text completions: their prompts, and answers that may repeat a prompt. */
@NullMarked
package org.dlora.api.openai.completion;

import org.jspecify.annotations.NullMarked;
