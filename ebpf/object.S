/* The compiled eBPF programs, inside the preflight: nothing has to be found at run time. */
	.section .rodata
	.balign 16
	.global preflight_object
	.global preflight_object_end
preflight_object:
	.incbin "preflight.bpf.o"
preflight_object_end:
	.section .note.GNU-stack, "", %progbits
