/* Embeds the compiled eBPF programs, so that the preflight needs no other file at run time. */
	.section .rodata
	.balign 16
	.global preflight_object
	.global preflight_object_end
preflight_object:
	.incbin "preflight.bpf.o"
preflight_object_end:
	.section .note.GNU-stack, "", %progbits
