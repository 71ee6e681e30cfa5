namespace tarifa::kernels { }
